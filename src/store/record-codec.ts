import type { recordLineSchema } from '../contract/schema/record.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { z } from 'zod';

/** A line of records.jsonl as an object. */
export type RecordLine = z.infer<typeof recordLineSchema>;

/**
 * One record as one line of JSON, without its newline. Stamps are whole nanoseconds on disk, well below what a clock
 * read costs; chunk stamps are the first value and then differences (about 9 bytes a token, absolute ones would
 * be 15). Order and equality of stamps survive, and a record that was read back is written the same again.
 */
export function encodeRecord(record: RequestRecord): string {
  const { chunkNs, chunkTokens, memory, ...facts } = record;
  const line = {
    v: 1,
    ...facts,
    dueNs: Math.round(record.dueNs),
    connectNs: record.connectNs === null ? null : Math.round(record.connectNs),
    sentNs: Math.round(record.sentNs),
    endNs: Math.round(record.endNs),
    ...(memory.length === 0 ? {} : { memory }),
    ...(chunkTokens !== null && allOne(chunkTokens) ? {} : { chunkTokens: chunkTokens && Array.from(chunkTokens) }),
    chunkNs: differences(chunkNs),
  };
  return JSON.stringify(line);
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

function differences(stamps: Float64Array): number[] {
  const result: number[] = [];
  let previous = 0;
  for (const stamp of stamps) {
    const rounded = Math.round(stamp);
    result.push(rounded - previous);
    previous = rounded;
  }
  return result;
}

function allOne(counts: Uint32Array): boolean {
  for (const count of counts) if (count !== 1) return false;
  return true;
}
