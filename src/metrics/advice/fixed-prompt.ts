import { formatCount } from '../../base/units.ts';
import type { Advice } from '../../contract/summary.ts';
import { countedRequests } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** Every request of a row sends the same prompt, which a prefix cache knows after the first. */
export function fixedPrompt(facts: AdviceFacts): Advice | null {
  const rows = facts.rows.filter(
    ({ kind, cache, counts }) => kind === 'load' && (cache === 'hit' || cache === 'unknown') && counts.measured > 0,
  );
  const [first] = rows;
  if (first === undefined) return null;
  const requests = rows.flatMap((row) => countedRequests(facts, row));
  const hits = requests.filter((request) => (request.cachedTokens ?? 0) > 0).length;
  const told = requests.some((request) => request.cachedTokens !== null)
    ? `the server says so of ${formatCount(hits)} of ${formatCount(requests.length)} requests`
    : 'the server does not tell';
  return {
    id: 'fixed-prompt',
    text:
      'prefix cache: every prompt is equal, so a server with such a cache computes its beginning once ' +
      `(${told}). TTFT is then that of a cached prompt.`,
    hint: 'switch the cache off to measure prefill: vLLM --no-enable-prefix-caching, SGLang --disable-radix-cache',
    rows: rows.map((row) => row.cell),
  };
}
