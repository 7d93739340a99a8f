import type { Random } from '../base/random.ts';
import { sortedQuantile } from './quantile.ts';
import type { Limits } from './t-interval.ts';
import { unitTime } from './unit-time.ts';
import type { RateSample } from './unit-time.ts';

const resamples = 2000;

/**
 * Bootstrap-t interval at `level` of the time of one unit of work (Efron and Tibshirani, An Introduction to the Bootstrap,
 * 12.5): as Student's t interval, but with the quantiles of the t of resamples, which lean as the sample does. Null for fewer
 * than two samples, and where too many resamples hold one value alone. The same sample and the same state of `random` give the same limits on every machine.
 */
export function bootstrapTInterval(samples: readonly RateSample[], level: number, random: Random): Limits | null {
  const unit = unitTime(samples);
  if (unit === null) return null;
  const n = samples.length;
  const statistics = new Float64Array(resamples);
  const drawn: RateSample[] = samples.slice();
  for (let draw = 0; draw < resamples; draw++) {
    for (let place = 0; place < n; place++) drawn[place] = samples[random.nextBelow(n)] ?? { amount: 0, time: 0 };
    const again = unitTime(drawn);
    const difference = again === null ? 0 : again.time - unit.time;
    // A resample of one value again and again has no error of its own: it lies infinitely far out, or at the centre.
    statistics[draw] = difference === 0 ? 0 : difference / (again?.standardError ?? 0);
  }
  const sorted = statistics.toSorted();
  const [lowT, highT] = [sortedQuantile(sorted, (1 - level) / 2), sortedQuantile(sorted, (1 + level) / 2)];
  if (!Number.isFinite(lowT) || !Number.isFinite(highT)) return null;
  return { low: unit.time - highT * unit.standardError, high: unit.time - lowT * unit.standardError };
}
