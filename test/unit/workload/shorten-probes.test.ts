import { describe, expect, test } from 'vitest';

import { passMs } from '../../../src/workload/scale-lengths.ts';
import { shortenProbes, type ProbesToShorten, type ShortenedProbes } from '../../../src/workload/shorten-probes.ts';

const lengths = [1, 6144, 14_336, 30_720];
const accelerator = { prefillTokensPerSecond: 20_000, decodeTokensPerSecond: 90, atPromptTokens: 512 };
const processor = { prefillTokensPerSecond: 90, decodeTokensPerSecond: 20, atPromptTokens: 512 };

function input(parts: Partial<ProbesToShorten>): ProbesToShorten {
  const full = { promptTokens: lengths, outputTokens: 2048, passes: 4 };
  return { promptTokens: lengths, passes: 2, full, speed: accelerator, spentMs: 0, ...parts };
}

function share({ full, passes, speed }: ProbesToShorten, probes: ShortenedProbes): number {
  const sum = (prompts: readonly number[], tokens: number): number =>
    prompts.reduce((total, prompt) => total + passMs(prompt, tokens, speed), 0);
  const warmed = probes.warmups === 'all' ? probes.promptTokens : probes.promptTokens.slice(0, 1);
  const { outputTokens } = probes;
  const probesMs = passes * sum(probes.promptTokens, outputTokens) + sum(warmed, outputTokens);
  return probesMs / (full.passes * sum(full.promptTokens, full.outputTokens));
}

describe('probes of an estimate', () => {
  test('keep the prompts of the plan where decode dominates, and use a tenth of the time', () => {
    const given = input({});
    const probes = shortenProbes(given);
    expect(probes).toMatchObject({ promptTokens: lengths, warmups: 'all' });
    expect(probes.outputTokens).toBeGreaterThan(64);
    expect(share(given, probes)).toBeGreaterThan(0.095);
    expect(share(given, probes)).toBeLessThanOrEqual(0.1);
  });

  test('have shorter prompts where prefill dominates', () => {
    const full = { promptTokens: lengths, outputTokens: 128, passes: 4 };
    const given = input({ speed: processor, full });
    const probes = shortenProbes(given);
    expect(probes).toMatchObject({ outputTokens: 32, warmups: 'first' });
    expect(probes.promptTokens[0]).toBe(1);
    expect(probes.promptTokens.at(-1)).toBeLessThan(30_720);
    expect(probes.promptTokens.at(-1)).toBeGreaterThanOrEqual(0.3 * 30_720 - 16);
    expect(new Set(probes.promptTokens).size).toBe(4);
  });

  test('go no deeper than three tenths, even if that takes longer', () => {
    const full = { promptTokens: lengths, outputTokens: 64, passes: 2 };
    const probes = shortenProbes(input({ speed: processor, full }));
    expect(probes.promptTokens.at(-1)).toBe(9216);
  });

  test('leave room for what the probe of the speed took, but never less than half', () => {
    const tokens = [0, 5000, 1e9].map((spentMs) => shortenProbes(input({ spentMs })).outputTokens);
    expect(tokens[0]).toBeGreaterThan(tokens[1] ?? 0);
    expect(tokens[1]).toBeGreaterThan(tokens[2] ?? 0);
    expect(tokens[2]).toBeGreaterThanOrEqual(32);
  });
});
