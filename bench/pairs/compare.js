// What pairs of times say: the ratio with its interval, a verdict, and the cost of a token.
import { seededRandom } from '../../dist/base/random.js';
import { mean } from '../../dist/stats/mean.js';
import { median, quantile } from '../../dist/stats/quantile.js';
import { standardDeviation } from '../../dist/stats/standard-deviation.js';
import { tInterval } from '../../dist/stats/t-interval.js';

const level = 0.95;
const resamples = 2000;
const low = 0.98;
const high = 1.02;

/**
 * `pairs`: times of the same work by the product and by the other side, in nanoseconds. The interval of the ratio is
 * Student's t on the logarithms of the pairs' ratios; that of the cost is a percentile bootstrap of whole pairs.
 */
export function compare({ what, pairs, tokens, costOf = 'a token' }) {
  const logs = pairs.map(({ product, other }) => Math.log(product / other));
  const limits = tInterval(logs, level);
  const interval = limits === null ? null : { low: Math.exp(limits.low), high: Math.exp(limits.high) };
  const isInside = interval !== null && interval.low >= low && interval.high <= high;
  return {
    what,
    n: pairs.length,
    productMs: median(pairs.map(({ product }) => product)) / 1e6,
    otherMs: median(pairs.map(({ other }) => other)) / 1e6,
    ratio: Math.exp(mean(logs)),
    interval,
    spread: standardDeviation(logs),
    costOf,
    costUs: medianCost(pairs, tokens),
    costIntervalUs: costInterval(pairs, tokens),
    verdict: isInside ? `inside ${low} to ${high}` : 'inconclusive',
    pairs,
  };
}

/** Difference of the medians, in microseconds a token. */
function medianCost(pairs, tokens) {
  return (median(pairs.map(({ product }) => product)) - median(pairs.map(({ other }) => other))) / tokens / 1000;
}

function costInterval(pairs, tokens) {
  const random = seededRandom('pairs:cost');
  const costs = Array.from({ length: resamples }, () =>
    medianCost(
      pairs.map(() => pairs[random.nextBelow(pairs.length)]),
      tokens,
    ),
  );
  return { low: quantile(costs, (1 - level) / 2), high: quantile(costs, (1 + level) / 2) };
}

/** `true` where the product goes first: two pairs have the two orders, and a seeded coin says which comes first. */
export function productFirst(count, random) {
  const order = [];
  while (order.length < count) {
    const first = random.nextBelow(2) === 0;
    order.push(first, !first);
  }
  return order.slice(0, count);
}

/** The verdict in full: what is not inside has its cost told. */
export function verdictText({ verdict, costOf, costUs, costIntervalUs }) {
  if (verdict !== 'inconclusive') return verdict;
  const limits = `${costIntervalUs.low.toFixed(1)} to ${costIntervalUs.high.toFixed(1)}`;
  return `${verdict}; cost of ${costOf} ${costUs.toFixed(1)} (${limits}) us`;
}

export function ratioText({ ratio, interval }) {
  return interval === null
    ? ratio.toFixed(4)
    : `${ratio.toFixed(4)} (${interval.low.toFixed(4)} to ${interval.high.toFixed(4)})`;
}
