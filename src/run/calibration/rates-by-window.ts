import type { RequestRecord } from '../../contract/record.ts';

/**
 * Tokens a second in each whole window between the first and the last stamp. The first and the last window are left out: not
 * all streams run in them.
 */
export function ratesByWindow(
  records: readonly Pick<RequestRecord, 'chunkNs' | 'chunkTokens'>[],
  windowNs: number,
): number[] {
  const firstNs = records.reduce((first, { chunkNs }) => Math.min(first, chunkNs[0] ?? first), Infinity);
  const lastNs = records.reduce((last, { chunkNs }) => Math.max(last, chunkNs.at(-1) ?? last), -Infinity);
  const count = Math.max(0, Math.floor((lastNs - firstNs) / windowNs));
  const tokens = new Float64Array(count);
  for (const { chunkNs, chunkTokens } of records) {
    for (let chunk = 0; chunk < chunkNs.length; chunk++) {
      const window = Math.floor(((chunkNs[chunk] ?? 0) - firstNs) / windowNs);
      if (window < count) tokens[window] = (tokens[window] ?? 0) + (chunkTokens?.[chunk] ?? 1);
    }
  }
  return Array.from(tokens.subarray(1, -1), (sum) => sum / (windowNs / 1e9));
}
