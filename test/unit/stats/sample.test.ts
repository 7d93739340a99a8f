import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mean } from '../../../src/stats/mean.ts';
import { median, quantile } from '../../../src/stats/quantile.ts';
import { standardDeviation } from '../../../src/stats/standard-deviation.ts';

const sample = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 });

test('mean and standard deviation', () => {
  expect(mean([1, 2, 3, 6])).toBe(3);
  expect(mean([])).toBeNaN();
  expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(2.138_089_935, 9);
  expect(standardDeviation([7])).toBeNull();
  // The one-pass formula loses all digits here.
  expect(standardDeviation([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])).toBeCloseTo(5.477_225_575, 9);
});

describe('quantile', () => {
  test('follows type 7', () => {
    // R: quantile(c(15, 20, 35, 40, 50), c(.05, .3, .4, .95)).
    const values = [50, 15, 40, 20, 35];
    expect(quantile(values, 0.05)).toBeCloseTo(16, 12);
    expect(quantile(values, 0.3)).toBeCloseTo(23, 12);
    expect(quantile(values, 0.4)).toBeCloseTo(29, 12);
    expect(quantile(values, 0.95)).toBeCloseTo(48, 12);
    expect(values).toEqual([50, 15, 40, 20, 35]);
  });

  test('ends are the extremes, the median lies between the middle two', () => {
    expect(median([3, 1, 2, 10])).toBe(2.5);
    expect(median([5])).toBe(5);
    expect(median([])).toBeNaN();
    fc.assert(
      fc.property(sample, fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
        const low = Math.min(...values);
        const high = Math.max(...values);
        expect(quantile(values, 0)).toBe(low);
        expect(quantile(values, 1)).toBe(high);
        expect(quantile(values, p)).toBeGreaterThanOrEqual(low - 1e-6);
        expect(quantile(values, p)).toBeLessThanOrEqual(high + 1e-6);
      }),
      { seed: 11 },
    );
  });
});
