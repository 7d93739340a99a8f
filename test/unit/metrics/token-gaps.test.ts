import { expect, test } from 'vitest';

import { addTokenGaps } from '../../../src/metrics/token-gaps.ts';
import { LogLinearHistogram } from '../../../src/stats/histogram.ts';
import { scriptedRecord } from './scripted-run.ts';

function gapsOf(stampsMs: readonly number[], tokens?: readonly number[] | null): LogLinearHistogram {
  const gaps = new LogLinearHistogram();
  const chunkTokens = tokens === null ? null : Uint32Array.from(tokens ?? stampsMs.map(() => 1));
  addTokenGaps(gaps, scriptedRecord({}, { chunkNs: Float64Array.from(stampsMs, (ms) => ms * 1e6), chunkTokens }));
  return gaps;
}

test('single tokens: one gap between each two', () => {
  const gaps = gapsOf([100, 110, 130]);
  expect([gaps.count, gaps.sum, gaps.min, gaps.max]).toEqual([2, 30e6, 10e6, 20e6]);
});

test('tokens of one read share the time since the read before, so that no gap is zero', () => {
  const gaps = gapsOf([100, 140, 140, 140, 140, 150]);
  expect([gaps.count, gaps.min, gaps.max]).toEqual([5, 10e6, 10e6]);
});

test('a chunk of several tokens counts as often, and the mean is (tn - t1) / (G - g1)', () => {
  const gaps = gapsOf([100, 140, 150], [2, 4, 1]);
  expect(gaps.count).toBe(5);
  expect(gaps.mean()).toBe(50e6 / 5);
});

test('where nobody counts, a chunk is a token; one read has no gap', () => {
  expect(gapsOf([100, 110, 120], null).count).toBe(2);
  expect(gapsOf([100, 100]).count).toBe(0);
  expect(gapsOf([]).count).toBe(0);
});
