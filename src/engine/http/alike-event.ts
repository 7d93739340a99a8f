import { EventScanner } from './event-scanner.ts';

/** One for all streams: an event is scanned and taken within one call, and what is alike is alike in all of them. */
export const scanner = new EventScanner();

const lf = 0x0a;
const cr = 0x0d;

/**
 * Where the next event begins, when the one at `start` lies whole before `end` and is like the one that was scanned last; else
 * -1. Then its facts are the scanner's. No line of it needs to be looked for: data holds no line end, so what follows it must be
 * the end of its line and of the event.
 */
export function alikeEventEnd(bytes: Uint8Array, start: number, end: number): number {
  if (!isData(bytes, start, end)) return -1;
  const after = scanner.match(bytes, bytes[start + 5] === 0x20 ? start + 6 : start + 5, end);
  if (after === -1) return -1;
  if (after + 1 < end && bytes[after] === lf && bytes[after + 1] === lf) return after + 2;
  const isCrLf =
    after + 3 < end &&
    bytes[after] === cr &&
    bytes[after + 1] === lf &&
    bytes[after + 2] === cr &&
    bytes[after + 3] === lf;
  return isCrLf ? after + 4 : -1;
}

// `data:`, byte by byte: a comparison with a name would be a loop, and a call.
function isData(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start > 5 &&
    bytes[start] === 0x64 &&
    bytes[start + 1] === 0x61 &&
    bytes[start + 2] === 0x74 &&
    bytes[start + 3] === 0x61 &&
    bytes[start + 4] === 0x3a
  );
}
