import type { CacheState } from '../contract/engine.ts';
import type { RowCache } from '../contract/summary.ts';
import type { RequestFacts } from './request-facts.ts';

/** Prompt tokens came from the prefix cache, beyond those that the engine puts before every prompt (BOS, template). */
export function isCacheHit(request: RequestFacts, addedTokens: number): boolean {
  return (request.cachedTokens ?? 0) > addedTokens;
}

/** What the prefix cache did to the requests of a row. A hit outweighs what the engine says; silence proves nothing. */
export function rowCache(
  requests: readonly RequestFacts[],
  engine: { readonly cache: CacheState; readonly addedTokens: number },
): RowCache {
  if (requests.some((request) => isCacheHit(request, engine.addedTokens))) return 'hit';
  if (engine.cache === 'off') return 'off';
  const told = requests.length > 0 && requests.every((request) => request.cachedTokens !== null);
  return told ? 'proved-cold' : 'unknown';
}
