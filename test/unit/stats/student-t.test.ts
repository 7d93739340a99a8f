import { describe, expect, test } from 'vitest';
import { studentTCumulative, studentTQuantile } from '../../../src/stats/student-t.ts';

describe('studentTQuantile', () => {
  // NIST/SEMATECH e-Handbook 1.3.6.7.2 and the usual six-decimal tables of two-sided critical values.
  test.each([
    [0.975, 1, 12.706205],
    [0.975, 2, 4.302653],
    [0.975, 3, 3.182446],
    [0.975, 4, 2.776445],
    [0.975, 5, 2.570582],
    [0.975, 9, 2.262157],
    [0.975, 29, 2.04523],
    [0.975, 30, 2.042272],
    [0.975, 120, 1.97993],
    [0.95, 1, 6.313752],
    [0.95, 10, 1.812461],
    [0.995, 1, 63.656741],
    [0.995, 2, 9.924843],
    [0.995, 7, 3.499483],
    [0.9995, 5, 6.868827],
  ])('p %d, %d degrees: %d', (probability, degrees, expected) => {
    expect(studentTQuantile(probability, degrees)).toBeCloseTo(expected, 5);
    expect(Math.abs(studentTQuantile(probability, degrees) / expected - 1)).toBeLessThan(3e-7);
  });

  test('agrees with the closed forms of 1, 2 and 4 degrees', () => {
    for (const p of [0.51, 0.6, 0.9, 0.975, 0.999, 0.999_99]) {
      expect(studentTQuantile(p, 1) / Math.tan(Math.PI * (p - 0.5))).toBeCloseTo(1, 9);
      const alpha = 4 * p * (1 - p);
      expect(studentTQuantile(p, 2) / (2 * (p - 0.5) * Math.sqrt(2 / alpha))).toBeCloseTo(1, 9);
      const q = Math.cos(Math.acos(Math.sqrt(alpha)) / 3) / Math.sqrt(alpha);
      expect(studentTQuantile(p, 4) / (2 * Math.sqrt(q - 1))).toBeCloseTo(1, 8);
    }
  });

  test('is odd, zero in the middle, and nears the normal quantile', () => {
    expect(studentTQuantile(0.5, 3)).toBe(0);
    expect(studentTQuantile(0.025, 3)).toBe(-studentTQuantile(0.975, 3));
    expect(studentTQuantile(0.975, 1e6)).toBeCloseTo(1.959_966, 5);
  });

  test('inverts the distribution, whole degrees or not', () => {
    for (const degrees of [0.7, 1, 2.5, 8, 63.2, 999]) {
      for (const p of [0.501, 0.8, 0.975, 0.9999]) {
        expect(studentTCumulative(studentTQuantile(p, degrees), degrees)).toBeCloseTo(p, 10);
      }
    }
  });
});
