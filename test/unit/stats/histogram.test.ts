import { expect, test } from 'vitest';

import { seededRandom } from '../../../src/base/random.ts';
import { LogLinearHistogram } from '../../../src/stats/histogram.ts';
import { quantile } from '../../../src/stats/quantile.ts';

function filled(values: readonly number[]): LogLinearHistogram {
  const histogram = new LogLinearHistogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

const probabilities = [0, 0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1];

test('quantiles are within 0.1 % of those of the values themselves, over all magnitudes', () => {
  const random = seededRandom('histogram');
  for (const spread of [1, 8, 44]) {
    // From a hundred to 2^(spread + 7), evenly in the logarithm.
    const values = Array.from(
      { length: 5000 },
      () => 100 * 2 ** ((random.nextBelow(1e6) / 1e6) * Math.min(spread, 40)),
    );
    const found = filled(values).quantiles(probabilities);
    for (const [place, probability] of probabilities.entries()) {
      expect(Math.abs((found[place] ?? NaN) / quantile(values, probability) - 1)).toBeLessThanOrEqual(0.001);
    }
  }
});

test('count, sum, least and largest value are exact, and weights count', () => {
  const histogram = filled([10, 20]);
  histogram.add(40, 3);
  expect([histogram.count, histogram.sum, histogram.min, histogram.max]).toEqual([5, 150, 10, 40]);
  expect(histogram.mean()).toBe(30);
  expect(histogram.quantiles([0.5])[0]).toBeCloseTo(40, 1);
});

test('a quantile between two values lies between them, as of the plain sample', () => {
  expect(filled([100, 200]).quantiles([0.25, 0.5])).toEqual([expect.closeTo(125, 0), expect.closeTo(150, 0)]);
});

test('equal values are given back as they are', () => {
  expect(filled([12_345_678, 12_345_678, 12_345_678]).quantiles(probabilities)).toEqual(
    probabilities.map(() => 12_345_678),
  );
});

test('what is too small or too large is counted at the ends, and nothing is NaN', () => {
  const histogram = filled([0, 0.5, 2 ** 60]);
  expect(histogram.count).toBe(3);
  for (const value of histogram.quantiles([0, 0.5, 1])) expect(Number.isFinite(value)).toBe(true);
  expect(new LogLinearHistogram().quantiles([0.5])).toEqual([NaN]);
});
