import { formatCount } from '../../base/units.ts';
import type { Advice } from '../../contract/summary.ts';
import { isCacheHit } from '../row-cache.ts';
import { cellsOf } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** Prompt tokens came from the prefix cache. */
export function cacheHit(facts: AdviceFacts): Advice | null {
  // A fixed prompt is expected to hit: its own advice tells.
  const hits = facts.counted.filter(
    (request) => request.requestedPromptTokens !== null && isCacheHit(request, facts.workload?.addedTokens ?? 0),
  );
  const first = hits[0];
  if (first === undefined) return null;
  return {
    id: 'cache-hit',
    text:
      `The server took ${formatCount(first.cachedTokens ?? 0)} prompt tokens of a request from its prefix cache, ` +
      'so prefill was not measured; such rows are not valid.',
    hint:
      'switch the cache off: vLLM --no-enable-prefix-caching, SGLang --disable-radix-cache, ' +
      `llama-server with --extra-args '{"cache_prompt": false}'`,
    rows: cellsOf(hits),
  };
}
