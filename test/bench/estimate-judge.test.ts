import { describe, expect, test } from 'vitest';

import { judge, pairOf, tableOf } from '../../bench/estimate/judge.js';

const ids = ['generated_speed', 'decode_speed', 'ttft'];
const valuesOf = (value: number, interval?: object) => Object.fromEntries(ids.map((id) => [id, { value, interval }]));

/** An estimate of one row, ± 5 %, and the full run beside it. */
function pair(predicted: number, shown: number) {
  const interval = { low: predicted * 0.95, high: predicted * 1.05 };
  const row = { promptTokens: 512, outputTokens: 43, values: valuesOf(predicted, interval) };
  const block = { reason: null, rows: [row], laws: [], measuredTime: { value: 100 } };
  const requests = [{ latencyMs: 600 }, { latencyMs: 400 }];
  return pairOf({ estimate: block, rows: [row] }, { rows: [{ promptTokens: 512, values: valuesOf(shown), requests }] });
}

describe('the judgement of estimates', () => {
  test('median error, intervals, share of the time, and what full runs differ by themselves', () => {
    const judged = judge([pair(102, 100), pair(108, 110), pair(100, 121)]);
    expect(judged.decisive).toMatchObject({ promptTokens: 512, metric: 'generated_speed', n: 3, inside: 2 });
    expect(judged.decisive.medianError).toBeCloseTo(0.02, 10);
    expect(judged.decisive.largestError).toBeCloseTo(21 / 121, 10);
    expect(judged.decisive.halfWidth).toBeCloseTo(0.05, 10);
    expect(judged.timeShare).toBeCloseTo(0.1, 10);
    expect(judged.betweenFullRuns).toBeCloseTo(0.1, 10);
    // The error is small enough, but 2 of 3 are not 9 of 10.
    expect(judged.holds).toBe(false);
    const machine = { tokometer: '1', node: '20', hostCpu: 'a CPU', cores: 2, loadAverage: [0] };
    const text = tableOf({ plan: ['--threads', '1'], model: 'a shape', ...judged }, machine, '2026-01-02');
    expect(text).toContain('median error 2.0 % (claimed: at most 3.0 %), 2 of 3 full values inside');
    expect(text).toContain('DOES NOT HOLD. One full run and the next differ by 10.0 % (median).');
  });

  test('one pair says nothing of how full runs differ', () => {
    const judged = judge([pair(101, 100)]);
    expect(judged).toMatchObject({ holds: true, betweenFullRuns: null });
  });
});
