import { expect, test } from 'vitest';

import { ratesByWindow } from '../../../src/run/calibration/rates-by-window.ts';

const answer = (atMs: readonly number[], tokens: number | null = 1) => ({
  chunkNs: Float64Array.from(atMs, (ms) => ms * 1e6),
  chunkTokens: tokens === null ? null : new Uint32Array(atMs.length).fill(tokens),
});

test('tokens of all answers are counted by window; the first and the last window are left out', () => {
  const every = Array.from({ length: 41 }, (_, place) => 10 * place);
  // 400 ms: windows of 100 ms from the first stamp on, 10 chunks each.
  expect(ratesByWindow([answer(every), answer(every, 3)], 100e6)).toEqual([400, 400]);
  expect(ratesByWindow([answer(every, null)], 100e6)).toEqual([100, 100]);
});

test('a stall shows as a window of its own, and too short a time has none', () => {
  expect(ratesByWindow([answer([0, 110, 120, 310, 320, 400])], 100e6)).toEqual([20, 0]);
  expect(ratesByWindow([answer([0, 90])], 100e6)).toEqual([]);
  expect(ratesByWindow([], 100e6)).toEqual([]);
});
