import { studentTQuantile } from './student-t.ts';
import type { Limits } from './t-interval.ts';

/** So much work in so much time. */
export interface RateSample {
  readonly amount: number;
  readonly time: number;
}

/** Total amount by total time: what a rate means over several passes; NaN of none. */
export function totalRate(samples: readonly RateSample[]): number {
  let amount = 0;
  let time = 0;
  for (const sample of samples) {
    amount += sample.amount;
    time += sample.time;
  }
  return amount / time;
}

/**
 * Interval of a total rate at `level`: that of the times of one unit of work, inverted. Null for fewer than two samples, and
 * where the times scatter so much that the rate has no upper limit.
 */
export function rateInterval(samples: readonly RateSample[], level: number): Limits | null {
  const times = ratioInterval(samples, level);
  return times === null || times.low <= 0 ? null : { low: 1 / times.high, high: 1 / times.low };
}

/**
 * Interval of the time of one unit of work: Student's t. With unequal amounts the deviations are those of the ratio
 * estimator (Cochran, Sampling Techniques, 6.4), so that total time by total amount lies inside; with equal amounts that is
 * the plain t interval. Null for fewer than two samples.
 */
export function ratioInterval(samples: readonly RateSample[], level: number): Limits | null {
  const n = samples.length;
  if (n < 2) return null;
  const unitTime = 1 / totalRate(samples);
  let squares = 0;
  let amount = 0;
  for (const sample of samples) {
    squares += (sample.time - unitTime * sample.amount) ** 2;
    amount += sample.amount;
  }
  const deviation = Math.sqrt(squares / (n - 1)) / (amount / n);
  const halfWidth = (studentTQuantile((1 + level) / 2, n - 1) * deviation) / Math.sqrt(n);
  return { low: unitTime - halfWidth, high: unitTime + halfWidth };
}
