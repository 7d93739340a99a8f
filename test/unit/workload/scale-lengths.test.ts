import { assert, integer, property, record, uniqueArray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SpeedProbe } from '../../../src/contract/engine.ts';
import { scaleLengths } from '../../../src/workload/scale-lengths.ts';

const speedBenchmark = [1, 6144, 14336, 30720];

/** A machine whose prefill and decode slow down with the context, as attention makes them. */
interface Machine {
  prefill: number;
  decode: number;
  /** Context at which a prompt token takes twice as long as the first. */
  prefillDoubles: number;
  decodeDoubles: number;
}

function prefillSeconds(machine: Machine, prompt: number): number {
  return (prompt / machine.prefill) * (1 + prompt / 2 / machine.prefillDoubles);
}

function passSeconds(machine: Machine, prompt: number, output: number): number {
  const meanContext = prompt + output / 2;
  return prefillSeconds(machine, prompt) + (output / machine.decode) * (1 + meanContext / machine.decodeDoubles);
}

function runMs(
  machine: Machine,
  lengths: { promptTokens: readonly number[]; outputTokens: number },
  passes: number,
): number {
  const seconds = lengths.promptTokens.map((prompt) => passSeconds(machine, prompt, lengths.outputTokens));
  return 1000 * passes * seconds.reduce((total, value) => total + value, 0);
}

function probe(machine: Machine, atPromptTokens: number): SpeedProbe {
  return {
    prefillTokensPerSecond: atPromptTokens / prefillSeconds(machine, atPromptTokens),
    decodeTokensPerSecond: 16 / (passSeconds(machine, atPromptTokens, 16) - prefillSeconds(machine, atPromptTokens)),
    atPromptTokens,
  };
}

const machines: [string, Machine][] = [
  ['two slow cores', { prefill: 60, decode: 12, prefillDoubles: 8192, decodeDoubles: 16_384 }],
  ['a laptop', { prefill: 300, decode: 40, prefillDoubles: 8192, decodeDoubles: 16_384 }],
  ['a large server', { prefill: 2500, decode: 110, prefillDoubles: 6000, decodeDoubles: 12_000 }],
  ['slow attention', { prefill: 300, decode: 40, prefillDoubles: 3000, decodeDoubles: 9000 }],
];

describe('scaleLengths', () => {
  it.each(machines)('fits the whole run on %s, and uses the time', (_, machine) => {
    const budgetMs = 140_000;
    const scaled = scaleLengths({
      promptTokens: speedBenchmark,
      outputTokens: 2048,
      passes: 4,
      speed: probe(machine, 128),
      budgetMs,
    });
    const takesMs = runMs(machine, scaled, 4);
    expect(takesMs).toBeLessThanOrEqual(budgetMs);
    expect(takesMs).toBeGreaterThan(budgetMs * 0.45);
    expect(scaled.predictedMs).toBeLessThanOrEqual(budgetMs);
    expect(scaled.promptTokens[0]).toBe(1);
    expect(scaled.outputTokens).toBeGreaterThanOrEqual(32);
  });

  it('keeps the plan when it fits, whatever its lengths', () => {
    const speed = { prefillTokensPerSecond: 1e6, decodeTokensPerSecond: 1e5, atPromptTokens: 512 };
    const scaled = scaleLengths({ promptTokens: [7, 30_719], outputTokens: 2047, passes: 4, speed, budgetMs: 60_000 });
    expect(scaled).toMatchObject({ promptTokens: [7, 30_719], outputTokens: 2047, factor: 1 });
  });

  it('scales prompts and output by the same factor', () => {
    const speed = { prefillTokensPerSecond: 500, decodeTokensPerSecond: 50, atPromptTokens: 256 };
    const { promptTokens, outputTokens, factor } = scaleLengths({
      promptTokens: speedBenchmark,
      outputTokens: 2048,
      passes: 4,
      speed,
      budgetMs: 200_000,
    });
    expect(factor).toBeLessThan(1);
    expect(Math.abs(outputTokens - 2048 * factor)).toBeLessThanOrEqual(8);
    for (const [place, length] of promptTokens.entries()) {
      if (place > 0) expect(Math.abs(length - (speedBenchmark[place] ?? 0) * factor)).toBeLessThanOrEqual(8);
    }
  });

  it('gives the shortest lengths when nothing fits, 16 generated at the least', () => {
    const speed = { prefillTokensPerSecond: 1, decodeTokensPerSecond: 1, atPromptTokens: 16 };
    const input = { promptTokens: speedBenchmark, outputTokens: 2048, passes: 4, speed };
    expect(scaleLengths({ ...input, budgetMs: 1000 })).toMatchObject({
      promptTokens: [1, 16, 32, 48],
      outputTokens: 16,
    });
    expect(scaleLengths({ ...input, budgetMs: -5 }).outputTokens).toBe(16);
    // 4 passes of 97 prompt tokens and 4 x 32 generated ones take a little over 900 s.
    expect(scaleLengths({ ...input, budgetMs: 920_000 }).outputTokens).toBe(32);
  });

  it('keeps the order of the plan and equal lengths equal', () => {
    const speed = { prefillTokensPerSecond: 100, decodeTokensPerSecond: 10, atPromptTokens: 64 };
    const { promptTokens } = scaleLengths({
      promptTokens: [30_720, 1, 6144, 30_720],
      outputTokens: 2048,
      passes: 2,
      speed,
      budgetMs: 100_000,
    });
    const [longest, one, middle, again] = promptTokens;
    expect(one).toBe(1);
    expect(longest).toBe(again);
    expect(longest).toBeGreaterThan(middle ?? Infinity);
  });

  it('holds for any plan: never longer, distinct, ascending, and more budget is never shorter', () => {
    const lengths = uniqueArray(integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 8 });
    assert(
      property(
        record({
          planned: lengths,
          outputTokens: integer({ min: 1, max: 4096 }),
          prefill: integer({ min: 10, max: 100_000 }),
          decode: integer({ min: 1, max: 2000 }),
          budgetMs: integer({ min: 100, max: 1_000_000 }),
        }),
        ({ planned, outputTokens, prefill, decode, budgetMs }) => {
          const promptTokens = planned.toSorted((one, other) => one - other);
          const speed = { prefillTokensPerSecond: prefill, decodeTokensPerSecond: decode, atPromptTokens: 128 };
          const input = { promptTokens, outputTokens, passes: 3, speed };
          const scaled = scaleLengths({ ...input, budgetMs });
          const longer = scaleLengths({ ...input, budgetMs: budgetMs * 2 });
          expect(scaled.outputTokens).toBeLessThanOrEqual(outputTokens);
          expect(scaled.factor).toBeLessThanOrEqual(longer.factor);
          for (const [place, length] of scaled.promptTokens.entries()) {
            expect(length).toBeLessThanOrEqual(promptTokens[place] ?? 0);
            expect(length).toBeLessThanOrEqual(longer.promptTokens[place] ?? 0);
            expect(length).toBeGreaterThan(scaled.promptTokens[place - 1] ?? 0);
          }
        },
      ),
      { seed: 42, numRuns: 300 },
    );
  });
});
