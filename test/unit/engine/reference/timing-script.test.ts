import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../src/base/random.ts';
import type { ReferenceTiming } from '../../../../src/contract/plan.ts';
import { timingSchedule } from '../../../../src/engine/reference/timing-script.ts';

const steady: ReferenceTiming = {
  ttftMs: 50,
  itlMs: 10,
  jitterMs: 0,
  prefillTokensPerSecond: null,
  tokensPerChunk: 1,
  seed: 1,
};

function scheduleOf(timing: Partial<ReferenceTiming>, promptTokens: number, outputTokens: number, seed = 'a') {
  return timingSchedule({ ...steady, ...timing }, seededRandom(seed), { promptTokens, outputTokens });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('the timing script', () => {
  it('puts the first chunk at TTFT and the next ones a token time apart', () => {
    const { dueNs, tokens } = scheduleOf({}, 6144, 4);
    expect([...dueNs]).toEqual([50e6, 60e6, 70e6, 80e6]);
    expect([...tokens]).toEqual([1, 1, 1, 1]);
  });

  it('adds the prefill of the prompt to the TTFT', () => {
    expect(scheduleOf({ prefillTokensPerSecond: 2000 }, 1000, 1).dueNs[0]).toBe(550e6);
  });

  it('gives several tokens a chunk the decode speed of one, a short last chunk included', () => {
    const { dueNs, tokens } = scheduleOf({ tokensPerChunk: 4 }, 1, 10);
    expect([...tokens]).toEqual([4, 4, 2]);
    expect([...dueNs]).toEqual([50e6, 90e6, 110e6]);
    const decodeNs = (dueNs[2] ?? 0) - (dueNs[0] ?? 0);
    expect(decodeNs / (10 - 4)).toBe(10e6);
  });

  it('is empty for no tokens', () => {
    expect(scheduleOf({}, 1, 0).dueNs).toHaveLength(0);
  });

  it('holds every token once, in order of time, for any script', () => {
    fc.assert(
      fc.property(
        fc.record({
          ttftMs: fc.nat(500),
          itlMs: fc.nat(50),
          jitterMs: fc.nat(100),
          tokensPerChunk: fc.integer({ min: 1, max: 9 }),
          prefillTokensPerSecond: fc.option(fc.integer({ min: 1, max: 100_000 })),
        }),
        fc.nat(30_720),
        fc.nat(300),
        (timing, promptTokens, outputTokens) => {
          const { dueNs, tokens } = scheduleOf(timing, promptTokens, outputTokens);
          expect(tokens.reduce((sum, count) => sum + count, 0)).toBe(outputTokens);
          expect(Math.min(0, ...dueNs)).toBe(0);
          expect([...dueNs]).toEqual([...dueNs].toSorted((one, other) => one - other));
        },
      ),
      { seed: 20, numRuns: 200 },
    );
  });

  it('jitters around each due time within the width and without drift', () => {
    const plain = scheduleOf({}, 1, 4000).dueNs;
    const shifted = scheduleOf({ jitterMs: 4 }, 1, 4000).dueNs;
    const shiftsMs = Array.from(shifted, (due, chunk) => (due - (plain[chunk] ?? 0)) / 1e6);
    expect(Math.max(...shiftsMs.map(Math.abs))).toBeLessThanOrEqual(4);
    // The mean of 1000 uniform draws of +-4 has a standard error of 0.07; a drifting sum would reach some 100.
    for (const begin of [0, 1000, 2000, 3000]) {
      expect(Math.abs(mean(shiftsMs.slice(begin, begin + 1000)))).toBeLessThan(0.3);
    }
    const spread = Math.sqrt(mean(shiftsMs.map((shift) => shift ** 2)));
    expect(spread).toBeCloseTo(4 / Math.sqrt(3), 1);
  });

  it('keeps the mean when the jitter is wider than the gaps', () => {
    const plain = scheduleOf({ itlMs: 1 }, 1, 4000).dueNs;
    const shifted = scheduleOf({ itlMs: 1, jitterMs: 10 }, 1, 4000).dueNs;
    const sum = shifted.reduce((total, due, chunk) => total + due - (plain[chunk] ?? 0), 0);
    expect(Math.abs(sum / 4000 / 1e6)).toBeLessThan(0.4);
  });

  it('is the same for the same seed and another for another', () => {
    const first = scheduleOf({ jitterMs: 2 }, 1, 50, 'a').dueNs;
    expect(scheduleOf({ jitterMs: 2 }, 1, 50, 'a').dueNs).toEqual(first);
    expect(scheduleOf({ jitterMs: 2 }, 1, 50, 'b').dueNs).not.toEqual(first);
  });
});
