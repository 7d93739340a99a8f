let ones = new Uint32Array(0);

/**
 * The token counts of an answer whose chunks hold one token each. Most do, and most have as many chunks as the answer before
 * them: they share an array, which nobody changes.
 */
export function onesOf(count: number): Uint32Array {
  if (ones.length !== count) ones = new Uint32Array(count).fill(1);
  return ones;
}
