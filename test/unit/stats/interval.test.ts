import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { rateInterval, totalRate } from '../../../src/stats/rate-interval.ts';
import { tInterval } from '../../../src/stats/t-interval.ts';

describe('tInterval', () => {
  test('of three values, by hand', () => {
    // mean 10, deviation 1, t 4.302653: half-width 4.302653 / sqrt 3.
    const limits = tInterval([9, 10, 11], 0.95);
    expect(limits?.low).toBeCloseTo(10 - 2.484_138, 5);
    expect(limits?.high).toBeCloseTo(10 + 2.484_138, 5);
    expect(tInterval([9], 0.95)).toBeNull();
  });

  test('covers the mean of a normal population about 95 times in 100', () => {
    const random = seededRandom('coverage');
    const normal = (): number => {
      const radius = Math.sqrt(-2 * Math.log(1 - random.nextFloat()));
      return 100 + 3 * radius * Math.cos(2 * Math.PI * random.nextFloat());
    };
    let covered = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const limits = tInterval([normal(), normal(), normal()], 0.95);
      if (limits !== null && limits.low <= 100 && limits.high >= 100) covered++;
    }
    expect(covered / 4000).toBeGreaterThan(0.935);
    expect(covered / 4000).toBeLessThan(0.965);
  });
});

describe('rateInterval', () => {
  test('with equal amounts is the t interval of the times, inverted', () => {
    const times = [2.0, 2.1, 2.3];
    const limits = rateInterval(
      times.map((time) => ({ amount: 100, time })),
      0.95,
    );
    const onTimes = tInterval(
      times.map((time) => time / 100),
      0.95,
    );
    expect(limits?.low).toBeCloseTo(1 / (onTimes?.high ?? NaN), 9);
    expect(limits?.high).toBeCloseTo(1 / (onTimes?.low ?? NaN), 9);
  });

  test('holds the total rate, whatever the amounts', () => {
    const sample = fc.record({
      amount: fc.integer({ min: 1, max: 4096 }),
      time: fc.double({ min: 0.01, max: 100, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 2, maxLength: 20 }), (samples) => {
        const limits = rateInterval(samples, 0.95);
        if (limits === null) return;
        const rate = totalRate(samples);
        expect(limits.low).toBeLessThanOrEqual(rate * (1 + 1e-12));
        expect(limits.high).toBeGreaterThanOrEqual(rate * (1 - 1e-12));
      }),
      { seed: 12 },
    );
  });

  test('is null for one sample, and where the rate has no upper limit', () => {
    expect(rateInterval([{ amount: 1, time: 1 }], 0.95)).toBeNull();
    expect(
      rateInterval(
        [
          { amount: 1, time: 1 },
          { amount: 1, time: 3 },
        ],
        0.95,
      ),
    ).toBeNull();
  });
});
