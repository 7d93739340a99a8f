import path from 'node:path';

import { messageOf, systemCodeOf, TokometerError } from '../base/errors.ts';
import type { recordLineSchema } from '../contract/schema/record.ts';
import type { RequestRecord } from '../contract/record.ts';
import { splitStamps } from './packed-stamps.ts';
import { readLines } from './read-lines.ts';
import type { Line } from './read-lines.ts';
import { decodeRecord } from './record-codec.ts';
import { refuseOtherVersion } from './run-version.ts';

/** What records.jsonl holds, and what of it can't be read. */
export interface RecordsRead {
  readonly records: readonly RequestRecord[];
  readonly damage: string | null;
}

/** The records of a run one after the other, so that no more than one is held; `damage` is whole when they came to their end. */
export interface RecordStream extends AsyncIterable<RequestRecord> {
  damage(): string | null;
}

/** Reads records.jsonl line by line. A line that a kill cut short is left out and said so; a missing file holds nothing. */
export function streamRecords(directory: string): RecordStream {
  const bad: BadLines = { numbers: [], cutBytes: 0 };
  return {
    [Symbol.asyncIterator]: () => recordsOf(directory, bad),
    damage: () => describeDamage(bad.numbers, bad.cutBytes),
  };
}

/** All records at once. */
export async function readRecords(directory: string): Promise<RecordsRead> {
  const stream = streamRecords(directory);
  const records: RequestRecord[] = [];
  for await (const record of stream) records.push(record);
  return { records, damage: stream.damage() };
}

interface BadLines {
  readonly numbers: number[];
  cutBytes: number;
}

async function* recordsOf(directory: string, bad: BadLines): AsyncGenerator<RequestRecord, void> {
  const { recordLineSchema: schema } = await import('../contract/schema/record.ts');
  const file = path.join(directory, 'records.jsonl');
  let number = 0;
  try {
    for await (const line of readLines(file)) {
      number++;
      if (line.bytes.length === 0) continue;
      const record = recordOf(directory, line, schema);
      if (record !== null) yield record;
      else if (line.ended) bad.numbers.push(number);
      else bad.cutBytes = line.bytes.length;
    }
  } catch (error) {
    if (error instanceof TokometerError) throw error;
    if (systemCodeOf(error) === 'ENOENT') return;
    throw new TokometerError('E_RUN_DIRECTORY', `can't read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

function recordOf(directory: string, line: Line, schema: typeof recordLineSchema): RequestRecord | null {
  const json = lineObject(line.bytes);
  if (json === undefined) return null;
  refuseOtherVersion(directory, 'records.jsonl', json);
  const parsed = schema.safeParse(json);
  return parsed.success ? decodeRecord(parsed.data) : null;
}

/** What a line holds; undefined: no JSON. */
function lineObject(bytes: Buffer): unknown {
  const split = splitStamps(bytes);
  try {
    if (split === null) return JSON.parse(bytes.toString('utf8'));
    const head: unknown = JSON.parse(split.head);
    return typeof head === 'object' && head !== null ? Object.assign(head, { chunkNs: split.chunkNs }) : undefined;
  } catch {
    return undefined;
  }
}

function describeDamage(badLines: readonly number[], cutBytes: number): string | null {
  const parts: string[] = [];
  if (badLines.length === 1) parts.push(`line ${badLines[0]} of records.jsonl can't be read and is left out`);
  if (badLines.length > 1) {
    parts.push(
      `${badLines.length} lines of records.jsonl can't be read and are left out, the first is line ${badLines[0]}`,
    );
  }
  if (cutBytes > 0) parts.push(`the last line of records.jsonl was cut off after ${cutBytes} bytes and is left out`);
  return parts.length === 0 ? null : parts.join('; ');
}
