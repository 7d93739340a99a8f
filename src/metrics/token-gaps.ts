import type { RequestRecord } from '../contract/record.ts';
import type { LogLinearHistogram } from '../stats/histogram.ts';

/**
 * Adds the gaps between the tokens of one answer, in ns: from each read to the next, shared evenly by the tokens of the later
 * one and counted once for each, so that their mean is (tn - t1) / (G - g1) whatever came together.
 */
export function addTokenGaps(gaps: LogLinearHistogram, { chunkNs, chunkTokens }: RequestRecord): void {
  const first = chunkNs[0];
  if (first === undefined) return;
  let readNs = first;
  let tokens = 0;
  let beforeNs = NaN;
  for (let index = 0; index < chunkNs.length; index++) {
    const stamp = chunkNs[index] ?? readNs;
    if (stamp !== readNs) {
      addGap(gaps, readNs - beforeNs, tokens);
      beforeNs = readNs;
      readNs = stamp;
      tokens = 0;
    }
    tokens += chunkTokens === null ? 1 : (chunkTokens[index] ?? 1);
  }
  addGap(gaps, readNs - beforeNs, tokens);
}

// The first read has none before it.
function addGap(gaps: LogLinearHistogram, ns: number, tokens: number): void {
  if (tokens > 0 && !Number.isNaN(ns)) gaps.add(ns / tokens, tokens);
}
