import { onesOf } from '../base/ones.ts';
import type { recordLineSchema } from '../contract/schema/record.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { z } from 'zod';

import type { ByteBatch } from './byte-batch.ts';

/** A line of records.jsonl as an object. */
export type RecordLine = z.infer<typeof recordLineSchema>;

/**
 * Writes one record as one line of JSON, without its newline; yields when the batch is full, so that no record, however many
 * chunks it has, holds the event loop. Stamps are whole nanoseconds on disk, well below what a clock read costs; chunk stamps are
 * the first value and then differences (about 9 bytes a token, absolute ones would be 15). Order and equality of stamps
 * survive, and a record that was read back is written the same again.
 */
export function* encodeRecord(record: RequestRecord, batch: ByteBatch): Generator<void, void> {
  const { chunkNs, chunkTokens, memory } = record;
  // One by one, as in `decodeRecord`.
  const line = {
    v: 1,
    id: record.id,
    cell: record.cell,
    execution: record.execution,
    repetition: record.repetition,
    phase: record.phase,
    shard: record.shard,
    attempts: record.attempts,
    dueNs: Math.round(record.dueNs),
    connectNs: record.connectNs === null ? null : Math.round(record.connectNs),
    sentNs: Math.round(record.sentNs),
    endNs: Math.round(record.endNs),
    answerChunk: record.answerChunk,
    requestedPromptTokens: record.requestedPromptTokens,
    requestedOutputTokens: record.requestedOutputTokens,
    promptTokens: record.promptTokens,
    cachedTokens: record.cachedTokens,
    outputTokens: record.outputTokens,
    countedBy: record.countedBy,
    timings: record.timings,
    memory: memory.length === 0 ? undefined : memory,
    outcome: record.outcome,
  } satisfies Omit<RecordLine, 'chunkNs' | 'chunkTokens' | 'memory'> & { memory: RequestRecord['memory'] | undefined };
  batch.text(JSON.stringify(line).slice(0, -1));
  if (chunkTokens === null) batch.text(',"chunkTokens":null');
  else if (!allOne(chunkTokens)) {
    batch.text(',"chunkTokens":[');
    for (let index = 0; index < chunkTokens.length; index++) {
      if (index > 0) batch.comma();
      batch.wholeNumber(chunkTokens[index] ?? 0);
      if (batch.isFull) yield;
    }
    batch.text(']');
  }
  batch.text(',"chunkNs":[');
  for (let next = 0; next < chunkNs.length;) {
    next = packStamps(chunkNs, next, batch);
    if (batch.isFull) yield;
  }
  batch.text(']}');
}

/**
 * Writes stamps from the one at `from` until the batch is full; returns the place of the next one. No part of the generator: each
 * number that lives in one while it may yield is an object.
 */
function packStamps(chunkNs: Float64Array, from: number, batch: ByteBatch): number {
  let beforeNs = from === 0 ? 0 : Math.round(chunkNs[from - 1] ?? 0);
  let index = from;
  for (; index < chunkNs.length && !batch.isFull; index++) {
    if (index > 0) batch.comma();
    const atNs = Math.round(chunkNs[index] ?? 0);
    batch.wholeNumber(atNs - beforeNs);
    beforeNs = atNs;
  }
  return index;
}

/** The record of a line; null when its stamps and its token counts don't belong together. */
export function decodeRecord(line: RecordLine): RequestRecord | null {
  const { chunkNs: packed, chunkTokens: tokens } = line;
  if (tokens !== undefined && tokens !== null && tokens.length !== packed.length) return null;
  const chunkNs = new Float64Array(packed.length);
  let atNs = 0;
  for (let index = 0; index < packed.length; index++) {
    atNs += packed[index] ?? 0;
    chunkNs[index] = atNs;
  }
  // One by one: a spread of so many fields costs ten times as much.
  return {
    id: line.id,
    cell: line.cell,
    execution: line.execution,
    repetition: line.repetition,
    phase: line.phase,
    shard: line.shard,
    attempts: line.attempts,
    dueNs: line.dueNs,
    connectNs: line.connectNs,
    sentNs: line.sentNs,
    endNs: line.endNs,
    chunkNs,
    chunkTokens: tokens === null ? null : unpackTokens(tokens, packed.length),
    answerChunk: line.answerChunk,
    requestedPromptTokens: line.requestedPromptTokens,
    requestedOutputTokens: line.requestedOutputTokens,
    promptTokens: line.promptTokens,
    cachedTokens: line.cachedTokens,
    outputTokens: line.outputTokens,
    countedBy: line.countedBy,
    timings: line.timings,
    memory: line.memory ?? [],
    outcome: line.outcome,
  };
}

function unpackTokens(tokens: readonly number[] | undefined, chunks: number): Uint32Array {
  return tokens === undefined ? onesOf(chunks) : Uint32Array.from(tokens);
}

function allOne(counts: Uint32Array): boolean {
  for (const count of counts) if (count !== 1) return false;
  return true;
}
