/**
 * Room `stats`: plain numbers in, plain numbers out. It knows no request, no unit and no metric, and it never rounds
 * for display. Samples are never sorted in place and never dropped.
 */

/** Arithmetic mean; NaN of an empty sample. */
export function mean(sample: readonly number[]): number {
  let sum = 0;
  for (const value of sample) sum += value;
  return sum / sample.length;
}
