import { regularizedBeta } from './regularized-beta.ts';

/** Places in a sorted sample, from 0, between which a quantile lies. */
export interface OrderInterval {
  readonly low: number;
  readonly high: number;
}

/**
 * Distribution-free interval of a quantile from order statistics (David and Nagaraja, Order Statistics, 7.1): the number of
 * values below the quantile is binomial, and each tail holds at most half of 1 - level. Values must be independent. null
 * when a limit would lie beyond the sample: too few values for this quantile.
 */
export function percentileInterval(n: number, probability: number, level: number): OrderInterval | null {
  const tail = (1 - level) / 2;
  // The largest l with P(B < l) <= tail, and the least u with P(B >= u) <= tail, B binomial; places are from 1 here.
  const low = firstWhere(n + 1, (place) => binomialCumulative(place, n, probability) > tail);
  const high = firstWhere(n + 1, (place) => binomialCumulative(place - 1, n, probability) >= 1 - tail);
  return low < 1 || high > n ? null : { low: low - 1, high: high - 1 };
}

/** The least sample that carries an interval of this quantile; 0 < probability < 1. */
export function leastSample(probability: number, level: number): number {
  const tail = (1 - level) / 2;
  return Math.ceil(Math.log(tail) / Math.log(Math.max(probability, 1 - probability)));
}

/** P(B <= k) of a binomial count of n draws; DLMF 8.17.5 through the incomplete beta function. */
function binomialCumulative(k: number, n: number, probability: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : regularizedBeta(1 - probability, n - k, k + 1);
}

// The condition holds from some place on; `end` when it never does before.
function firstWhere(end: number, holds: (place: number) => boolean): number {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
