import { studentTQuantile } from './student-t.ts';
import type { Limits } from './t-interval.ts';
import { unitTime } from './unit-time.ts';
import type { RateSample } from './unit-time.ts';

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

/** Student's t interval at `level` of the time of one unit of work; null for fewer than two samples. */
export function unitTimeInterval(samples: readonly RateSample[], level: number): Limits | null {
  const unit = unitTime(samples);
  if (unit === null) return null;
  const halfWidth = studentTQuantile((1 + level) / 2, unit.degreesOfFreedom) * unit.standardError;
  return { low: unit.time - halfWidth, high: unit.time + halfWidth };
}

/**
 * Interval of a total rate at `level`: Student's t on the times of one unit of work, then inverted. With unequal
 * amounts the deviations are those of the ratio estimator, so that the total rate lies inside; with equal amounts that is the
 * plain t interval of the times. Null for fewer than two samples, and where the times scatter so much that the rate has no
 * upper limit.
 */
export function rateInterval(samples: readonly RateSample[], level: number): Limits | null {
  return invertedLimits(unitTimeInterval(samples, level));
}

/** Limits of a time as limits of its rate; null where the rate has no upper limit, and where no work was done. */
export function invertedLimits(times: Limits | null): Limits | null {
  return times === null || !(times.low > 0) ? null : { low: 1 / times.high, high: 1 / times.low };
}
