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
  let beforeNs: number | null = null;
  const close = (): void => {
    if (beforeNs !== null && tokens > 0) gaps.add((readNs - beforeNs) / tokens, tokens);
  };
  for (let index = 0; index < chunkNs.length; index++) {
    const stamp = chunkNs[index] ?? readNs;
    if (stamp !== readNs) {
      close();
      beforeNs = readNs;
      readNs = stamp;
      tokens = 0;
    }
    tokens += chunkTokens?.[index] ?? 1;
  }
  close();
}
