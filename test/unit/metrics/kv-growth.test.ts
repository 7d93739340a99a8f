import { expect, test } from 'vitest';

import type { Advice } from '../../../src/contract/summary.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import { cell, engine, environment, plan, scriptedRecord, workload } from './scripted-run.ts';

const model = 'Qwen/Qwen2.5-0.5B-Instruct';
// 2 x 24 layers x 2 heads x 64 x 2 bytes.
const kvBytes = 12_288;

function growthAdvice(
  bytesPerToken: number,
  facts: { dtype?: string | null; lengths?: number[] } = {},
): Advice | undefined {
  const lengths = facts.lengths ?? [100, 6144];
  const cells = lengths.map((promptTokens) => ({ ...cell, id: `p${promptTokens}`, promptTokens }));
  const records = lengths.map((promptTokens, id) => {
    const bytes = 10 ** 9 + bytesPerToken * (promptTokens + 11);
    const memory = [{ kind: 'engine', bytes, method: 'by test', reason: null } as const];
    return scriptedRecord(
      {},
      { id, cell: `p${promptTokens}`, promptTokens, requestedPromptTokens: promptTokens, memory },
    );
  });
  const summary = summarize({
    plan: { ...plan, model },
    cells,
    engine: { ...engine, dtype: facts.dtype === undefined ? 'bfloat16' : facts.dtype },
    environment,
    workload,
    records,
    protocol: null,
    directory: 'x',
    state: 'complete',
  });
  return summary.advice.find(({ id }) => id === 'kv-growth');
}

test('memory that grows as the shape says, within 5 %, is as it should be', () => {
  expect(growthAdvice(kvBytes)).toBeUndefined();
  expect(growthAdvice(kvBytes * 1.04)).toBeUndefined();
  expect(growthAdvice(kvBytes * 2, { dtype: 'float32' })).toBeUndefined();
});

test('another growth is told with both figures', () => {
  const advice = growthAdvice(kvBytes * 2);
  expect(advice?.text).toBe(
    "The engine's memory grew by 24.0 KiB a token between 111 and 6,155 tokens, where keys and values of " +
      'Qwen/Qwen2.5-0.5B-Instruct take 12.0 KiB a token.',
  );
  expect(advice?.rows).toEqual(['p100', 'p6144']);
  expect(growthAdvice(0)).toBeDefined();
});

test('nothing is said of lengths that lie close, and of a cache whose format is not known', () => {
  expect(growthAdvice(0, { lengths: [100, 200] })).toBeUndefined();
  expect(growthAdvice(0, { dtype: 'auto' })).toBeUndefined();
  expect(growthAdvice(0, { dtype: null })).toBeUndefined();
});
