import path from 'node:path';

import { messageOf, systemCodeOf, TokometerError } from '../base/errors.ts';
import type { recordLineSchema } from '../contract/schema/record.ts';
import type { RequestRecord } from '../contract/record.ts';
import { readLines } from './read-lines.ts';
import type { Line } from './read-lines.ts';
import { decodeRecord } from './record-codec.ts';
import { refuseOtherVersion } from './run-version.ts';

/** What records.jsonl holds, and what of it can't be read. */
export interface RecordsRead {
  readonly records: readonly RequestRecord[];
  readonly damage: string | null;
}

/** Reads records.jsonl line by line. A line that a kill cut short is left out and said so; a missing file holds nothing. */
export async function readRecords(directory: string): Promise<RecordsRead> {
  const { recordLineSchema: schema } = await import('../contract/schema/record.ts');
  const file = path.join(directory, 'records.jsonl');
  const records: RequestRecord[] = [];
  const badLines: number[] = [];
  let cutBytes = 0;
  let number = 0;
  try {
    for await (const line of readLines(file)) {
      number++;
      if (line.text === '') continue;
      const record = recordOf(directory, line, schema);
      if (record !== null) records.push(record);
      else if (line.ended) badLines.push(number);
      else cutBytes = line.bytes;
    }
  } catch (error) {
    if (error instanceof TokometerError) throw error;
    if (systemCodeOf(error) === 'ENOENT') return { records, damage: null };
    throw new TokometerError('E_RUN_DIRECTORY', `can't read ${file}: ${messageOf(error)}`, { cause: error });
  }
  return { records, damage: describeDamage(badLines, cutBytes) };
}

function recordOf(directory: string, line: Line, schema: typeof recordLineSchema): RequestRecord | null {
  let json: unknown;
  try {
    json = JSON.parse(line.text);
  } catch {
    return null;
  }
  refuseOtherVersion(directory, 'records.jsonl', json);
  const parsed = schema.safeParse(json);
  return parsed.success ? decodeRecord(parsed.data) : null;
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
