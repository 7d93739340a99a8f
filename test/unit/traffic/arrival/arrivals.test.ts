import { describe, expect, test } from 'vitest';
import { arrivals, type ArrivalInput } from '../../../../src/traffic/arrival/arrivals.ts';

function first(count: number, input: ArrivalInput): number[] {
  const times = arrivals(input);
  return Array.from({ length: count }, () => times.next().value);
}

describe('arrivals', () => {
  test('at equal gaps, each taken from the start, so that nothing drifts', () => {
    const times = first(1_000_001, { kind: 'constant', requestsPerSecond: 300, seed: 'a' });
    expect(times.slice(0, 2)).toEqual([0, 1e9 / 300]);
    expect(times.at(-1)).toBeCloseTo((1e6 / 300) * 1e9, 0);
  });

  test('Poisson: gaps with the mean and the spread of the exponential distribution', () => {
    const times = first(50_001, { kind: 'poisson', requestsPerSecond: 200, seed: 'a' });
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
    expect(mean / 5e6).toBeGreaterThan(0.98);
    expect(mean / 5e6).toBeLessThan(1.02);
    // Of an exponential distribution the standard deviation is the mean.
    expect(Math.sqrt(variance) / mean).toBeGreaterThan(0.97);
    expect(Math.sqrt(variance) / mean).toBeLessThan(1.03);
  });

  test('the same seed gives the same times, another one others', () => {
    const input = { kind: 'poisson', requestsPerSecond: 10 } as const;
    expect(first(20, { ...input, seed: 'a' })).toEqual(first(20, { ...input, seed: 'a' }));
    expect(first(20, { ...input, seed: 'a' })).not.toEqual(first(20, { ...input, seed: 'b' }));
  });
});
