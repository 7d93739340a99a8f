import { mean } from './mean.ts';
import { standardDeviation } from './standard-deviation.ts';
import { studentTQuantile } from './student-t.ts';

/** Two limits, low <= high. */
export interface Limits {
  readonly low: number;
  readonly high: number;
}

/** Student's t interval of a mean at `level` (0.95); null for fewer than two values. */
export function tInterval(sample: readonly number[], level: number): Limits | null {
  const deviation = standardDeviation(sample);
  if (deviation === null) return null;
  const centre = mean(sample);
  const halfWidth = (studentTQuantile((1 + level) / 2, sample.length - 1) * deviation) / Math.sqrt(sample.length);
  return { low: centre - halfWidth, high: centre + halfWidth };
}
