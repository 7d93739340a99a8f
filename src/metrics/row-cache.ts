import type { CacheState } from '../contract/engine.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { RowCache } from '../contract/summary.ts';

/** Prompt tokens came from the prefix cache, beyond those that the engine puts before every prompt (BOS, template). */
export function isCacheHit(record: RequestRecord, addedTokens: number): boolean {
  return (record.cachedTokens ?? 0) > addedTokens;
}

/** What the prefix cache did to the requests of a row. A hit outweighs what the engine says; silence proves nothing. */
export function rowCache(
  records: readonly RequestRecord[],
  engine: { readonly cache: CacheState; readonly addedTokens: number },
): RowCache {
  if (records.some((record) => isCacheHit(record, engine.addedTokens))) return 'hit';
  if (engine.cache === 'off') return 'off';
  const told = records.length > 0 && records.every((record) => record.cachedTokens !== null);
  return told ? 'proved-cold' : 'unknown';
}
