import { mean } from './mean.ts';

/** Sample standard deviation, divisor n - 1; null for fewer than two values. Two passes: exact for a large common offset. */
export function standardDeviation(sample: readonly number[]): number | null {
  if (sample.length < 2) return null;
  const centre = mean(sample);
  let squares = 0;
  for (const value of sample) squares += (value - centre) ** 2;
  return Math.sqrt(squares / (sample.length - 1));
}
