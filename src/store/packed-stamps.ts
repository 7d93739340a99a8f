const mark = ',"chunkNs":[';
const [minus, comma, zero, nine] = [0x2d, 0x2c, 0x30, 0x39];
// More digits than these would not be exact.
const mostDigits = 15;

/** A line of records.jsonl without its stamps, and those. */
export interface SplitLine {
  /** JSON of all the rest. */
  readonly head: string;
  /** As they are packed: the first stamp, then differences, in ns. Valid until the next line is split. */
  readonly chunkNs: Float64Array;
}

// One for all lines: memory of their own would be asked for and given back for each.
let scratch = new Float64Array(1024);

/**
 * Takes the stamps off the end of a line, where they are written, without a string of them: they are nearly all of a run's bytes.
 * null: they stand elsewhere, or are no whole numbers; JSON tells then.
 */
export function splitStamps(line: Buffer): SplitLine | null {
  const at = line.lastIndexOf(mark);
  if (at === -1 || line.length < at + mark.length + 2 || line.toString('latin1', line.length - 2) !== ']}') return null;
  const chunkNs = integersOf(line, at + mark.length, line.length - 2);
  return chunkNs === null ? null : { head: `${line.toString('utf8', 0, at)}}`, chunkNs };
}

// Two bytes a number are the least.
function integersOf(bytes: Buffer, start: number, end: number): Float64Array | null {
  const most = (end - start + 1) >> 1;
  if (scratch.length < most) scratch = new Float64Array(most);
  const numbers = scratch;
  let count = 0;
  let index = start;
  while (index < end) {
    const isNegative = bytes[index] === minus;
    if (isNegative) index++;
    const from = index;
    let value = 0;
    for (let byte = bytes[index] ?? 0; byte >= zero && byte <= nine && index < end; byte = bytes[index] ?? 0) {
      value = value * 10 + byte - zero;
      index++;
    }
    const digits = index - from;
    if (digits === 0 || digits > mostDigits || (digits > 1 && bytes[from] === zero)) return null;
    numbers[count++] = isNegative ? -value : value;
    if (index === end) break;
    if (bytes[index++] !== comma || index === end) return null;
  }
  return numbers.subarray(0, count);
}
