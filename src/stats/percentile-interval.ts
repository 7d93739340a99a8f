import { regularizedBeta } from './regularized-beta.ts';

/** Places in the sorted sample, counted from 0, between which the population's quantile lies. */
export interface Ranks {
  readonly low: number;
  readonly high: number;
}

/**
 * Interval of a quantile from order statistics (Conover, Practical Nonparametric Statistics, 3.2; David and Nagaraja, Order
 * Statistics, 7.1): free of any distribution, for independent values. Null when the sample is too small to have one: then no
 * value of it lies beyond the quantile with enough certainty.
 */
export function percentileRanks(n: number, probability: number, level: number): Ranks | null {
  const tail = (1 - level) / 2;
  // The largest rank (from 1) that is above the quantile with at most this chance: P(B <= rank - 1) <= tail.
  const low = lastWhere(n, (count) => binomialCumulative(n, count - 1, probability) <= tail);
  // The smallest rank with P(B >= rank) <= tail; its neighbour below is the last that has more.
  const high = lastWhere(n, (count) => 1 - binomialCumulative(n, count - 1, probability) > tail) + 1;
  return low < 1 || high > n ? null : { low: low - 1, high: high - 1 };
}

/** The least sample that carries an interval of this quantile; 0 < probability < 1. */
export function leastSample(probability: number, level: number): number {
  const tail = (1 - level) / 2;
  return Math.ceil(Math.log(tail) / Math.log(Math.max(probability, 1 - probability)));
}

/** P(B <= k) of the binomial distribution of n draws; DLMF 8.17.5. */
export function binomialCumulative(n: number, k: number, probability: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : regularizedBeta(1 - probability, n - k, k + 1);
}

// The last count of 1..n for which a condition holds that fails for all after it; 0 for none.
function lastWhere(n: number, holds: (count: number) => boolean): number {
  let below = 0;
  let above = n + 1;
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (holds(middle)) below = middle;
    else above = middle;
  }
  return below;
}
