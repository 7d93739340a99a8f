import type { RequestRecord } from '../contract/record.ts';
import type { RowMark } from '../contract/summary.ts';

const coalescedShare = 0.05;
const severalTokensAnEvent = 1.05;

/** What a careful reader must know of a row besides its values. `records`: measured and ok. */
export function rowMarks(records: readonly RequestRecord[], planned: number): RowMark[] {
  const marks: RowMark[] = [];
  if (records.some((record) => sharedStampShare(record) > coalescedShare)) marks.push('coalesced');
  if (records.some((record) => tokensPerEvent(record) > severalTokensAnEvent)) marks.push('speculative-or-batched');
  if (records.some(isShort)) marks.push('short-output');
  if (records.length === 1) marks.push('single-run');
  if (records.length < planned) marks.push('partial');
  return marks;
}

/** Share of a request's tokens whose chunk has the stamp of a neighbour: one read carried them. */
export function sharedStampShare({ chunkNs, chunkTokens }: RequestRecord): number {
  let shared = 0;
  let all = 0;
  for (let index = 0; index < chunkNs.length; index++) {
    const tokens = chunkTokens?.[index] ?? 1;
    all += tokens;
    const stamp = chunkNs[index];
    if (stamp === chunkNs[index - 1] || stamp === chunkNs[index + 1]) shared += tokens;
  }
  return all === 0 ? 0 : shared / all;
}

/** Mean number of tokens an event carries; 1 where nobody counts them. An answer of one event is not streamed and says nothing. */
export function tokensPerEvent({ chunkTokens }: RequestRecord): number {
  if (chunkTokens === null || chunkTokens.length < 2) return 1;
  let tokens = 0;
  for (const count of chunkTokens) tokens += count;
  return tokens / chunkTokens.length;
}

/** The answer ended before its planned length. */
export function isShort(record: RequestRecord): boolean {
  return record.outputTokens !== null && record.outputTokens < record.requestedOutputTokens;
}
