import type { RequestRecord } from '../contract/record.ts';
import type { Missing } from './missing.ts';
import { tokenSpan } from './token-span.ts';
import type { TokenSpan } from './token-span.ts';

/** What is kept of a record while a run is summarised: all but its stamps, and what was read off them. */
export interface RequestFacts extends Omit<RequestRecord, 'chunkNs' | 'chunkTokens'> {
  /** Where its tokens lie in time. */
  readonly span: TokenSpan | Missing;
  /** Tokens with a stamp; where nobody counts the tokens of a chunk, each chunk stands for one. */
  readonly stampedTokens: number;
  /** Those whose chunk has the stamp of a neighbour: one read carried them. */
  readonly sharedTokens: number;
  readonly chunks: number;
  readonly chunksCounted: boolean;
}

/** Reads a record's stamps once; the record can be let go afterwards. */
export function requestFacts(record: RequestRecord): RequestFacts {
  const { chunkNs, chunkTokens } = record;
  let stampedTokens = 0;
  let sharedTokens = 0;
  // No place outside the array is asked for: where one was, each number that is read becomes an object.
  let before = NaN;
  let stamp = chunkNs[0] ?? NaN;
  for (let index = 0; index < chunkNs.length; index++) {
    const next = index + 1 < chunkNs.length ? (chunkNs[index + 1] ?? NaN) : NaN;
    const tokens = chunkTokens === null ? 1 : (chunkTokens[index] ?? 1);
    stampedTokens += tokens;
    if (stamp === before || stamp === next) sharedTokens += tokens;
    before = stamp;
    stamp = next;
  }
  // One by one: a spread of so many fields costs ten times as much, and there are as many of these as requests.
  return {
    id: record.id,
    cell: record.cell,
    execution: record.execution,
    repetition: record.repetition,
    phase: record.phase,
    shard: record.shard,
    attempts: record.attempts,
    dueNs: record.dueNs,
    connectNs: record.connectNs,
    sentNs: record.sentNs,
    endNs: record.endNs,
    answerChunk: record.answerChunk,
    requestedPromptTokens: record.requestedPromptTokens,
    requestedOutputTokens: record.requestedOutputTokens,
    promptTokens: record.promptTokens,
    cachedTokens: record.cachedTokens,
    outputTokens: record.outputTokens,
    countedBy: record.countedBy,
    timings: record.timings,
    memory: record.memory,
    outcome: record.outcome,
    span: tokenSpan(record),
    stampedTokens,
    sharedTokens,
    chunks: chunkNs.length,
    chunksCounted: chunkTokens !== null,
  };
}

/** Share of a request's tokens that came in one read with others. */
export function sharedStampShare({ sharedTokens, stampedTokens }: RequestFacts): number {
  return stampedTokens === 0 ? 0 : sharedTokens / stampedTokens;
}

/** Mean number of tokens an event carries; 1 where nobody counts them. An answer of one event is not streamed and says nothing. */
export function tokensPerEvent({ stampedTokens, chunks, chunksCounted }: RequestFacts): number {
  return !chunksCounted || chunks < 2 ? 1 : stampedTokens / chunks;
}

/** The answer ended before its planned length. */
export function isShort({ outputTokens, requestedOutputTokens }: RequestFacts): boolean {
  return outputTokens !== null && outputTokens < requestedOutputTokens;
}
