// The stamp of the read that is being decoded: one for all streams, as a read is used up before the next one begins. In each of them
// it would be one more place of memory to touch for every token.
const readNs = new Float64Array(1);

/** Everything that streams are fed from now on came at `atNs`. */
export function stampReads(atNs: number): void {
  readNs[0] = atNs;
}

/** When what is being decoded came. */
export function stampOfRead(): number {
  return readNs[0] ?? 0;
}
