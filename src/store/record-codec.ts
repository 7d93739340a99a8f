import type { recordLineSchema } from '../contract/schema/record.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { z } from 'zod';

/** A line of records.jsonl as an object. */
export type RecordLine = z.infer<typeof recordLineSchema>;

// A slice of 4096 stamps takes some 0.3 ms to encode.
const sliceStamps = 4096;

/**
 * One record as one line of JSON, without its newline. Stamps are whole nanoseconds on disk, well below what a clock
 * read costs; chunk stamps are the first value and then differences (about 9 bytes a token, absolute ones would
 * be 15). Order and equality of stamps survive, and a record that was read back is written the same again.
 */
export function encodeRecord(record: RequestRecord): string {
  return [...encodeRecordParts(record)].join('');
}

/** The line of `encodeRecord` in parts that each take well below a millisecond, however many chunks there are. */
export function* encodeRecordParts(record: RequestRecord): Generator<string, void> {
  const { chunkNs, chunkTokens, memory, ...facts } = record;
  const line = {
    v: 1,
    ...facts,
    dueNs: Math.round(record.dueNs),
    connectNs: record.connectNs === null ? null : Math.round(record.connectNs),
    sentNs: Math.round(record.sentNs),
    endNs: Math.round(record.endNs),
    ...(memory.length === 0 ? {} : { memory }),
    ...(chunkTokens === null ? { chunkTokens } : {}),
  };
  yield JSON.stringify(line).slice(0, -1);
  if (chunkTokens !== null && !allOne(chunkTokens))
    yield* encodeList('chunkTokens', chunkTokens.length, (index) => chunkTokens[index] ?? 0);
  yield* encodeList('chunkNs', chunkNs.length, (index) => {
    const before = index === 0 ? 0 : Math.round(chunkNs[index - 1] ?? 0);
    return Math.round(chunkNs[index] ?? 0) - before;
  });
  yield '}';
}

function* encodeList(name: string, length: number, at: (index: number) => number): Generator<string, void> {
  let text = `,"${name}":[`;
  for (let start = 0; start < length; start += sliceStamps) {
    for (let index = start; index < Math.min(length, start + sliceStamps); index++) {
      text += index === 0 ? at(index) : `,${at(index)}`;
    }
    yield text;
    text = '';
  }
  yield `${text}]`;
}

/** The record of a line; null when its stamps and its token counts don't belong together. */
export function decodeRecord(line: RecordLine): RequestRecord | null {
  const { v: _version, chunkNs: packed, chunkTokens: tokens, memory = [], ...facts } = line;
  if (tokens !== undefined && tokens !== null && tokens.length !== packed.length) return null;
  const chunkNs = new Float64Array(packed.length);
  let atNs = 0;
  for (let index = 0; index < packed.length; index++) {
    atNs += packed[index] ?? 0;
    chunkNs[index] = atNs;
  }
  return { ...facts, memory, chunkNs, chunkTokens: tokens === null ? null : unpackTokens(tokens, packed.length) };
}

function unpackTokens(tokens: readonly number[] | undefined, chunks: number): Uint32Array {
  return tokens === undefined ? new Uint32Array(chunks).fill(1) : Uint32Array.from(tokens);
}

function allOne(counts: Uint32Array): boolean {
  for (const count of counts) if (count !== 1) return false;
  return true;
}
