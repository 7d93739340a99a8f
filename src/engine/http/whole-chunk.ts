// As many as the chunk sizes that fit into one read have, and more.
const mostPlainDigits = 8;
const cr = 0x0d;
const lf = 0x0a;

/** Where the data of the chunk lies that was found last, and where the next chunk begins. */
export const wholeChunk = { start: 0, end: 0, next: 0 };

/** Whether a chunk with data and without extensions lies whole at `start` and ends before or at `end`: then `wholeChunk` tells where. */
export function findWholeChunk(bytes: Uint8Array, start: number, end: number): boolean {
  let size = 0;
  let position = start;
  while (position < end && position - start < mostPlainDigits) {
    const digit = hexadecimalDigit(bytes[position] ?? 0);
    if (digit === -1) break;
    size = size * 16 + digit;
    position++;
  }
  const data = position + 2;
  const after = data + size;
  // The last chunk is empty, and trailers may follow it.
  if (size === 0 || after + 2 > end) return false;
  if (bytes[position] !== cr || bytes[position + 1] !== lf) return false;
  if (bytes[after] !== cr || bytes[after + 1] !== lf) return false;
  wholeChunk.start = data;
  wholeChunk.end = after;
  wholeChunk.next = after + 2;
  return true;
}

/** The value of a hexadecimal digit's byte; -1: it is none. */
export function hexadecimalDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
