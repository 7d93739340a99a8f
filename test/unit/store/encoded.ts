import type { RequestRecord } from '../../../src/contract/record.ts';
import { ByteBatch } from '../../../src/store/byte-batch.ts';
import { encodeRecord } from '../../../src/store/record-codec.ts';

/** The line of a record, through a batch so small that the line is cut. */
export function encoded(record: RequestRecord): string {
  const batch = new ByteBatch(64);
  let line = '';
  for (const _ of encodeRecord(record, batch)) {
    line += batch.bytes().toString();
    batch.empty();
  }
  return line + batch.bytes().toString();
}
