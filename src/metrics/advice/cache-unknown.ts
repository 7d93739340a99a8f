import type { Advice } from '../../contract/summary.ts';
import type { AdviceFacts } from './rule.ts';

/** Nobody says whether the prefix cache helped. */
export function cacheUnknown({ rows }: AdviceFacts): Advice | null {
  const unknown = rows.filter((row) => row.kind === 'speed' && row.cache === 'unknown' && row.counts.measured > 0);
  if (unknown.length === 0) return null;
  return {
    id: 'cache-unknown',
    text:
      'The server does not tell whether prompt tokens came from its prefix cache. ' +
      'Every prompt differs from its first token on, so a hit is unlikely, but it is not proved.',
    hint: 'a server that reports cached_tokens in its usage gives the proof; vLLM does with --enable-prompt-tokens-details',
    rows: unknown.map((row) => row.cell),
  };
}
