import { expect, test } from 'vitest';

import { seededRandom } from '../../../src/base/random.ts';
import { fallingTrend } from '../../../src/stats/falling-trend.ts';
import { outliers } from '../../../src/stats/outliers.ts';
import { leastSample, percentileRanks } from '../../../src/stats/percentile-interval.ts';
import { rateInterval } from '../../../src/stats/rate-interval.ts';
import { startInterval, startRateInterval } from '../../../src/stats/start-interval.ts';
import { steadiness } from '../../../src/stats/steadiness.ts';
import { tInterval } from '../../../src/stats/t-interval.ts';

test('the order statistics of a percentile are those of the tables', () => {
  // n = 10, median: x(2) to x(9), 97.9 % (David and Nagaraja, and any table of the sign test).
  expect(percentileRanks(10, 0.5, 0.95)).toEqual({ low: 1, high: 8 });
  // n = 100, median: x(40) to x(61), 96.5 % for both tails of at most 2.5 %.
  expect(percentileRanks(100, 0.5, 0.95)).toEqual({ low: 39, high: 60 });
  expect(percentileRanks(5, 0.5, 0.95)).toBeNull();
  expect(percentileRanks(6, 0.5, 0.95)).toEqual({ low: 0, high: 5 });
});

test.each([0.5, 0.9, 0.95, 0.99])('the least sample carries an interval of the quantile %d, and one less none', (p) => {
  const least = leastSample(p, 0.95);
  expect(percentileRanks(least, p, 0.95)).not.toBeNull();
  expect(percentileRanks(least - 1, p, 0.95)).toBeNull();
});

test('intervals of percentiles cover the truth at least 95 times in 100', () => {
  const random = seededRandom('percentiles');
  let covered = 0;
  for (let round = 0; round < 1000; round++) {
    const sorted = Array.from({ length: 200 }, () => random.nextFloat()).toSorted((a, b) => a - b);
    const places = percentileRanks(200, 0.9, 0.95);
    if ((sorted[places?.low ?? -1] ?? NaN) <= 0.9 && (sorted[places?.high ?? -1] ?? NaN) >= 0.9) covered++;
  }
  expect(covered).toBeGreaterThan(935);
  expect(covered).toBeLessThan(985);
});

test('a large sample has a percentile interval as the normal approximation has it', () => {
  const n = 1_000_000;
  const places = percentileRanks(n, 0.99, 0.95);
  const half = 1.96 * Math.sqrt(n * 0.99 * 0.01);
  expect(Math.abs((places?.low ?? 0) - (n * 0.99 - half))).toBeLessThan(3);
  expect(Math.abs((places?.high ?? 0) - (n * 0.99 + half))).toBeLessThan(3);
});

test('with one repetition an execution, the hierarchical interval is the plain one', () => {
  const times = [10, 11, 10.5, 9.8];
  const plain = tInterval(times, 0.95);
  const found = startInterval(
    times.map((time, place) => ({ amount: 1, time, execution: place + 1 })),
    0.95,
  );
  expect(found?.low).toBeCloseTo(plain?.low ?? NaN, 10);
  expect(found?.high).toBeCloseTo(plain?.high ?? NaN, 10);
});

test('repetitions within starts do not narrow the interval over starts', () => {
  const starts = [10, 12, 11].map((time) => Array.from({ length: 50 }, () => ({ amount: 100, time })));
  const samples = starts.flatMap((ones, place) => ones.map((one) => ({ ...one, execution: place + 1 })));
  const found = startRateInterval(samples, 0.95);
  const naive = rateInterval(starts.flat(), 0.95);
  // t(0.975, 2) = 4.303 on times 10, 12, 11: 11 +- 2.484.
  expect(found?.low).toBeCloseTo(100 / (11 + 2.484), 2);
  expect(found?.high).toBeCloseTo(100 / (11 - 2.484), 2);
  expect((naive?.high ?? 0) - (naive?.low ?? 0)).toBeLessThan(((found?.high ?? 0) - (found?.low ?? 0)) / 5);
});

test('two-level data: the hierarchical interval covers 93 to 97 in 100', () => {
  const random = seededRandom('two levels');
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random.nextFloat())) * Math.cos(2 * Math.PI * random.nextFloat());
  let covered = 0;
  for (let round = 0; round < 2000; round++) {
    const starts = [1, 2, 3, 4, 5].flatMap((execution) => {
      const own = 100 * (1 + 0.02 * normal());
      return Array.from({ length: 4 }, () => ({ amount: 1, time: own * (1 + 0.01 * normal()), execution }));
    });
    const found = startInterval(starts, 0.95);
    if (found !== null && found.low <= 100 && found.high >= 100) covered++;
  }
  expect(covered / 2000).toBeGreaterThan(0.93);
  expect(covered / 2000).toBeLessThan(0.97);
});

test.each([
  [[100, 101], null],
  [[300, 101, 100, 100.5], 'agreement'],
  [[300, 150, 120], null],
  [[100, 110, 99, 108], 'no-trend'],
  [[130, 120, 110, 100], null],
] as const)('passes that took %j are steady by %s', (times, by) => {
  expect(steadiness(times).by).toBe(by);
});

test.each([
  [[130, 110, 100], 1 - 100 / 130],
  // Less than 5 % is no trend, nor is a rise, nor two values.
  [[104, 102, 100], null],
  [[100, 110, 130], null],
  [[130, 100], null],
  // One value out of order: of three too likely by chance, of eight not.
  [[130, 100, 110], null],
  [[130, 125, 120, 121, 110, 105, 103, 100], 1 - 100 / 130],
])('times %j fall by %s', (times, share) => {
  expect(fallingTrend(times)).toBe(share);
});

test('a value far from the others is named, and one of four is not', () => {
  expect(outliers([10, 10.1, 9.9, 10.05, 14])).toEqual([4]);
  expect(outliers([10, 10.1, 9.9, 14])).toEqual([]);
  expect(outliers([10, 10.1, 9.9, 10.05, 9.95])).toEqual([]);
});
