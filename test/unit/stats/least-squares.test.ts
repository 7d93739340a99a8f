import { describe, expect, test } from 'vitest';

import { leastSquares, nonNegativeLeastSquares, predictedMean } from '../../../src/stats/least-squares.ts';
import { relativeFit } from '../../../src/stats/relative-fit.ts';
import { studentTQuantile } from '../../../src/stats/student-t.ts';

// Anscombe (1973), the first of his four sets. Reference values: his table, and the closed forms of a straight line.
const anscombe: readonly (readonly [number, number])[] = [
  [10, 8.04],
  [8, 6.95],
  [13, 7.58],
  [9, 8.81],
  [11, 8.33],
  [14, 9.96],
  [6, 7.24],
  [4, 4.26],
  [12, 10.84],
  [7, 4.82],
  [5, 5.68],
];
const line = anscombe.map(([x, y]) => ({ x: [1, x], y, weight: 1 }));

describe('least squares', () => {
  test("Anscombe's line: parameters, their errors, and the residual deviation", () => {
    const fit = leastSquares(line);
    expect(fit?.parameters[0]).toBeCloseTo(3.0000909, 6);
    expect(fit?.parameters[1]).toBeCloseTo(0.5000909, 6);
    expect(Math.sqrt(fit?.covariance[0]?.[0] ?? 0)).toBeCloseTo(1.1247468, 6);
    expect(Math.sqrt(fit?.covariance[1]?.[1] ?? 0)).toBeCloseTo(0.1179055, 6);
    expect(fit?.deviation).toBeCloseTo(1.2366033, 6);
    expect(fit?.degreesOfFreedom).toBe(9);
  });

  test('the interval of a new observation is that of the closed form', () => {
    const fit = leastSquares(line);
    if (fit === null || fit.deviation === null) throw new Error('no fit');
    const { value, standardError } = predictedMean(fit, [1, 20]);
    const mean = 9;
    const squares = anscombe.reduce((sum, [x]) => sum + (x - mean) ** 2, 0);
    expect(squares).toBe(110);
    expect(value).toBeCloseTo(3.0000909 + 20 * 0.5000909, 5);
    expect(standardError).toBeCloseTo(fit.deviation * Math.sqrt(1 / 11 + (20 - mean) ** 2 / squares), 9);
    expect(studentTQuantile(0.975, 9)).toBeCloseTo(2.2621572, 6);
  });

  test('a weight of 2 is an observation that is there twice', () => {
    const twice = leastSquares([...line, ...line.slice(0, 3)]);
    const weighted = leastSquares(line.map((one, place) => ({ ...one, weight: place < 3 ? 2 : 1 })));
    expect(weighted?.parameters[0]).toBeCloseTo(twice?.parameters[0] ?? 0, 9);
    expect(weighted?.parameters[1]).toBeCloseTo(twice?.parameters[1] ?? 0, 9);
    expect(weighted?.residualSquares).toBeCloseTo(twice?.residualSquares ?? 0, 9);
  });

  test('an exact parabola with regressors of very different size', () => {
    const points = [1, 6144, 14_336, 30_720, 20_000].map((p) => ({
      x: [1, p, p * p],
      y: 0.01 + 2e-4 * p + 3e-9 * p * p,
      weight: 1,
    }));
    const fit = leastSquares(points);
    expect(fit?.parameters[0]).toBeCloseTo(0.01, 9);
    expect((fit?.parameters[1] ?? 0) / 2e-4).toBeCloseTo(1, 9);
    expect((fit?.parameters[2] ?? 0) / 3e-9).toBeCloseTo(1, 9);
  });

  test('without degrees of freedom there is a fit and no deviation; with equal points there is none', () => {
    expect(leastSquares(line.slice(0, 2))).toMatchObject({ deviation: null, degreesOfFreedom: 0 });
    expect(leastSquares(line.slice(0, 1))).toBeNull();
    expect(leastSquares([line[0], line[0], line[0]].flatMap((one) => one ?? []))).toBeNull();
    expect(leastSquares([])).toBeNull();
  });
});

describe('non-negative least squares', () => {
  test('is the plain fit where that has no negative parameter', () => {
    expect(nonNegativeLeastSquares(line)).toEqual(leastSquares(line));
  });

  test('a falling line becomes its mean, and a line through a negative intercept goes through 0', () => {
    const falling = [1, 2, 3].map((x) => ({ x: [1, x], y: 10 - x, weight: 1 }));
    const level = nonNegativeLeastSquares(falling);
    expect(level?.parameters[0]).toBeCloseTo(8, 12);
    expect(level?.parameters[1]).toBe(0);
    expect(level?.degreesOfFreedom).toBe(2);
    const steep = [1, 2, 3].map((x) => ({ x: [1, x], y: 10 * x - 5, weight: 1 }));
    const [intercept, slope] = nonNegativeLeastSquares(steep)?.parameters ?? [];
    expect(intercept).toBe(0);
    // Sum of x y by sum of x x: (5 + 30 + 75) / 14.
    expect(slope).toBeCloseTo(110 / 14, 9);
  });
});

describe('relative fit', () => {
  test('its deviation is a share of the values', () => {
    const points = [100, 200, 400, 800].flatMap((x) => [0.99, 1.01].map((factor) => ({ x: [1, x], y: x * factor })));
    const fit = relativeFit(points);
    expect(fit?.parameters[1]).toBeCloseTo(1, 6);
    // Eight residuals of 1 %, six degrees of freedom.
    expect(fit?.deviation).toBeCloseTo(0.01 * Math.sqrt(8 / 6), 5);
  });
});
