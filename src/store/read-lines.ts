import { open } from 'node:fs/promises';

/** A line without its newline, and whether that was there. */
export interface Line {
  readonly bytes: Buffer;
  readonly ended: boolean;
}

const readBytes = 262_144;
const newline = 0x0a;

/** The lines of a UTF-8 file, one after the other: a file may be larger than the longest string. */
export async function* readLines(path: string): AsyncGenerator<Line> {
  const handle = await open(path, 'r');
  try {
    let parts: Buffer[] = [];
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(readBytes), 0, readBytes, null);
      if (bytesRead === 0) break;
      const block = buffer.subarray(0, bytesRead);
      let start = 0;
      for (let end = block.indexOf(newline); end !== -1; end = block.indexOf(newline, start)) {
        yield lineOf([...parts, block.subarray(start, end)], true);
        parts = [];
        start = end + 1;
      }
      parts.push(block.subarray(start));
    }
    const last = lineOf(parts, false);
    if (last.bytes.length > 0) yield last;
  } finally {
    await handle.close();
  }
}

function lineOf(parts: readonly Buffer[], ended: boolean): Line {
  const [only] = parts;
  return { bytes: parts.length === 1 && only !== undefined ? only : Buffer.concat(parts), ended };
}
