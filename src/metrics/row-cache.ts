import type { CacheState } from '../contract/engine.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { RowCache } from '../contract/summary.ts';

/** What the prefix cache did to the requests of a row. A hit outweighs what the engine says; silence proves nothing. */
export function rowCache(records: readonly RequestRecord[], engineCache: CacheState): RowCache {
  if (records.some((record) => (record.cachedTokens ?? 0) > 0)) return 'hit';
  if (engineCache === 'off') return 'off';
  const told = records.length > 0 && records.every((record) => record.cachedTokens === 0);
  return told ? 'proved-cold' : 'unknown';
}
