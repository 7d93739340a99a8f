import { describe, expect, test } from 'vitest';

import { seededRandom } from '../../../src/base/random.ts';
import { bootstrapTInterval } from '../../../src/stats/bootstrap-t.ts';
import { adjustForFalseDiscovery } from '../../../src/stats/false-discovery.ts';
import { binomialCumulative, percentileRanks } from '../../../src/stats/percentile-interval.ts';
import { ratioOfMeans, welch } from '../../../src/stats/ratio-of-means.ts';
import { independentSamples, startInterval, startRateInterval } from '../../../src/stats/start-interval.ts';
import { tInterval } from '../../../src/stats/t-interval.ts';
import { unitTime } from '../../../src/stats/unit-time.ts';

const timed = (times: readonly number[], execution = 1) => times.map((time) => ({ amount: 1, time, execution }));

describe('adjustForFalseDiscovery', () => {
  // The 15 comparisons of Benjamini and Hochberg (1995), 4.1: at 0.05 the first four are rejected.
  const published = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ];

  test('rejects what the paper rejects', () => {
    expect(adjustForFalseDiscovery(published).filter((value) => value <= 0.05)).toHaveLength(4);
  });

  test('keeps the order in which values came, and never falls as p rises', () => {
    const adjusted = adjustForFalseDiscovery(published.toReversed()).toReversed();
    expect(adjusted).toEqual(adjustForFalseDiscovery(published));
    expect(adjusted).toEqual(adjusted.toSorted((one, other) => one - other));
    expect(adjustForFalseDiscovery([0.01, 0.02])).toEqual([0.02, 0.02]);
    expect(adjustForFalseDiscovery([])).toEqual([]);
  });
});

describe('percentileRanks', () => {
  // Conover, Practical Nonparametric Statistics, and the usual tables for the median: the d-th smallest and largest value.
  test.each([
    [6, 1],
    [8, 1],
    [10, 2],
    [15, 4],
    [20, 6],
    [25, 8],
  ])('median of %i: the %i. value from either end', (n, rank) => {
    expect(percentileRanks(n, 0.5, 0.95)).toEqual({ low: rank - 1, high: n - rank });
  });

  test('by enumeration of all binomial outcomes: covers at least what it says, and the next narrower one does not', () => {
    for (const [n, probability] of [
      [12, 0.5],
      [40, 0.9],
      [100, 0.95],
      [130, 0.97],
    ] as const) {
      const chances = binomialChances(n, probability);
      const ranks = percentileRanks(n, probability, 0.95);
      if (ranks === null) {
        const beyond = Math.max(chances[0] ?? 0, chances[n] ?? 0);
        expect(beyond).toBeGreaterThan(0.025);
        continue;
      }
      // The quantile lies above the value of rank r (from 1) when at least r values are below it.
      const atMost = (count: number) => chances.slice(0, count + 1).reduce((sum, chance) => sum + chance, 0);
      expect(atMost(ranks.low)).toBeLessThanOrEqual(0.025);
      expect(1 - atMost(ranks.high)).toBeLessThanOrEqual(0.025);
      expect(atMost(ranks.low + 1)).toBeGreaterThan(0.025);
      expect(1 - atMost(ranks.high - 1)).toBeGreaterThan(0.025);
    }
  });

  test('a sample that is too small has none', () => {
    expect(percentileRanks(5, 0.5, 0.95)).toBeNull();
    expect(percentileRanks(100, 0.99, 0.95)).toBeNull();
    expect(percentileRanks(367, 0.99, 0.95)).toBeNull();
    expect(percentileRanks(368, 0.99, 0.95)).not.toBeNull();
  });

  test('the binomial distribution is that of its sum', () => {
    const chances = binomialChances(30, 0.3);
    let sum = 0;
    for (const [count, chance] of chances.entries()) {
      sum += chance;
      expect(binomialCumulative(30, count, 0.3)).toBeCloseTo(sum, 11);
    }
  });
});

function binomialChances(n: number, probability: number): number[] {
  const chances = [(1 - probability) ** n];
  for (let count = 1; count <= n; count++) {
    const before = chances[count - 1] ?? 0;
    chances.push((before * (n - count + 1) * probability) / (count * (1 - probability)));
  }
  return chances;
}

const fixed = (value: number) => ({ value, standardError: 0, degreesOfFreedom: 2 });

describe('welch', () => {
  test("agrees with R's t.test on its data set sleep: t = -1.8608, df = 17.776, p = 0.07939", () => {
    const drugs = [
      [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2],
      [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
    ].map((hours) => {
      const { time, standardError, degreesOfFreedom } = unitTime(timed(hours)) ?? {
        time: 0,
        standardError: 0,
        degreesOfFreedom: 0,
      };
      return { value: time, standardError, degreesOfFreedom };
    });
    const [one, other] = drugs;
    if (one === undefined || other === undefined) throw new Error('two groups');
    const found = welch(other, one);
    expect(found.difference / found.standardError).toBeCloseTo(-1.8608, 4);
    expect(found.degreesOfFreedom).toBeCloseTo(17.776, 3);
    expect(found.pValue).toBeCloseTo(0.07939, 5);
  });

  test('without any scatter only equal means are equal', () => {
    expect(welch(fixed(1), fixed(1)).pValue).toBe(1);
    expect(welch(fixed(1), fixed(2)).pValue).toBe(0);
  });
});

test('ratioOfMeans: the inverse comparison has the inverse limits and the same p', () => {
  const [base, candidate] = [unitTime(timed([1, 1.02, 1.01])), unitTime(timed([1.1, 1.13, 1.08]))];
  if (base === null || candidate === null) throw new Error('two means');
  const there = ratioOfMeans(base, candidate, 0.95);
  const back = ratioOfMeans(candidate, base, 0.95);
  expect(there.ratio).toBeCloseTo(3.31 / 3.03, 12);
  expect(there.low * back.high).toBeCloseTo(1, 12);
  expect(there.high * back.low).toBeCloseTo(1, 12);
  expect(there.pValue).toBeCloseTo(back.pValue, 12);
});

describe('startInterval', () => {
  test('of one start is the t interval of its repetitions', () => {
    const times = [2, 2.1, 2.3];
    expect(startInterval(timed(times), 0.95)).toMatchObject({
      covers: 'repetitions',
      method: 't',
      n: 3,
      low: expect.closeTo(tInterval(times, 0.95)?.low ?? NaN, 12),
      high: expect.closeTo(tInterval(times, 0.95)?.high ?? NaN, 12),
    });
  });

  test('of several starts is the t interval of their means', () => {
    const samples = [...timed([1, 1.2], 1), ...timed([1.4, 1.6], 2), ...timed([1, 1], 3)];
    const means = tInterval([1.1, 1.5, 1], 0.95);
    expect(startInterval(samples, 0.95)).toMatchObject({
      covers: 'executions',
      n: 3,
      low: expect.closeTo(means?.low ?? NaN, 12),
      high: expect.closeTo(means?.high ?? NaN, 12),
    });
    expect(independentSamples(samples).samples).toHaveLength(3);
  });

  test('two starts of one repetition each suffice, one does not', () => {
    expect(startInterval([...timed([1], 1), ...timed([1.1], 2)], 0.95)?.covers).toBe('executions');
    expect(startInterval(timed([1]), 0.95)).toBeNull();
    expect(startRateInterval(timed([1, 100]), 0.95)).toBeNull();
  });
});

describe('bootstrapTInterval', () => {
  test('leans as the sample does, and repeats itself', () => {
    const skewed = timed([1, 1, 1.1, 1.1, 1.2, 1.2, 1.3, 1.4, 1.8, 3.5]);
    const limits = bootstrapTInterval(skewed, 0.95, seededRandom('x'));
    const centre = unitTime(skewed)?.time ?? NaN;
    if (limits === null) throw new Error('an interval');
    expect(limits.high - centre).toBeGreaterThan(1.5 * (centre - limits.low));
    expect(bootstrapTInterval(skewed, 0.95, seededRandom('x'))).toEqual(limits);
    expect(startInterval(skewed, 0.95)?.method).toBe('bootstrap-t');
  });

  test('of a sample that is one value but for one it has none, and Student takes over', () => {
    const nearlyOne = timed([...Array.from({ length: 9 }, () => 1), 2]);
    expect(bootstrapTInterval(nearlyOne, 0.95, seededRandom('x'))).toBeNull();
    expect(startInterval(nearlyOne, 0.95)?.method).toBe('t');
  });
});
