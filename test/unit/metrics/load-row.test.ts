import { describe, expect, test } from 'vitest';

import type { CellPlan } from '../../../src/contract/plan.ts';
import type { RequestRecord } from '../../../src/contract/record.ts';
import type { Percentile, SummaryRow } from '../../../src/contract/summary.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import { verdictOf } from '../../../src/metrics/verdict.ts';
import { engine, plan, refused, runOf } from './scripted-run.ts';
import { loadCell, timedRequest } from './scripted-load.ts';
import { threeRepetitions } from '../../support/traffic-plan.ts';

const loadPlan = {
  ...plan,
  workload: { ...plan.workload, dataset: 'prompt' as const, prompt: 'hi' },
  traffic: { ...threeRepetitions, repetitions: 1 },
  cells: [loadCell],
};

function summaryOf(records: readonly RequestRecord[], change: Partial<CellPlan> = {}) {
  const cells = [{ ...loadCell, ...change }];
  return summarize(runOf(records, { plan: { ...loadPlan, cells }, cells, engine: { ...engine, cache: 'off' } }));
}

function rowOf(records: readonly RequestRecord[], change: Partial<CellPlan> = {}): SummaryRow {
  const [row] = summaryOf(records, change).rows;
  if (row === undefined) throw new Error('no row');
  return row;
}

// Two in flight: 1000 to 1150, 1000 to 1200, 1150 to 1350, 1200 to 1400.
const four = [timedRequest(1000, 50), timedRequest(1000, 100), timedRequest(1150, 100), timedRequest(1200, 100)];

describe('a pass as a whole', () => {
  const row = rowOf([timedRequest(0, 5, { phase: 'warmup' }), timedRequest(5, 5, { phase: 'warmup' }), ...four]);

  test('throughput is what was answered by the time from the first sent to the last end', () => {
    expect(row.values['request_throughput']?.value).toBeCloseTo(4 / 0.4, 9);
    expect(row.values['output_throughput']?.value).toBeCloseTo(44 / 0.4, 9);
    expect(row.values['total_throughput']?.value).toBeCloseTo(52 / 0.4, 9);
    expect(row.values['output_throughput']).toMatchObject({ n: 1, interval: null, method: 'one pass' });
  });

  test('requests in flight are weighed by time', () => {
    expect(row.values['concurrency']?.value).toBeCloseTo((150 + 200 + 200 + 200) / 400, 9);
  });

  test('warm-ups enter nothing but their count, and speeds of single requests have no place', () => {
    expect(row.counts).toEqual({ measured: 4, failed: 0, warmup: 2, planned: 4, executions: 1 });
    expect(row.values['ttft']).toMatchObject({
      n: 4,
      interval: null,
      raw: [expect.closeTo(87.5, 9)],
      method: 'mean over requests',
    });
    expect(row.values['ttft']?.value).toBeCloseTo(87.5, 9);
    expect(row.values['latency']?.value).toBeCloseTo(187.5, 9);
    expect(row.values['tpot']?.value).toBeCloseTo(10, 9);
    expect(row.values['itl']).toMatchObject({ n: 40, value: expect.closeTo(10, 6) });
    expect(row.values['generated_speed']).toBeUndefined();
    expect([row.valid, row.marks]).toEqual([true, []]);
  });

  test('several passes give an interval, and each is timed by itself', () => {
    const second = four.map((record) => ({
      ...record,
      repetition: 2,
      sentNs: record.sentNs + 5e9,
      endNs: record.endNs + 5.01e9,
    }));
    const value = rowOf([...four, ...second]).values['request_throughput'];
    expect(value).toMatchObject({ n: 2, method: 'sum over sum of the passes' });
    expect(value?.value).toBeCloseTo(8 / 0.81, 6);
    expect(value?.interval?.low).toBeLessThan(8 / 0.81);
  });

  test('a failed request takes its time of the pass, and gives no token', () => {
    const failed = timedRequest(1350, 50, { outcome: refused });
    const withFailure = rowOf([...four.slice(0, 3), failed]);
    expect(withFailure.counts).toMatchObject({ measured: 3, failed: 1 });
    expect(withFailure.values['output_throughput']?.value).toBeCloseTo(33 / 0.5, 9);
  });
});

const sample = (n: number): RequestRecord[] =>
  Array.from({ length: n }, (_, place) => timedRequest(1000 + place, place + 1));

const percentilesOf = (n: number): readonly Percentile[] =>
  rowOf(sample(n), { requests: n }).values['ttft']?.percentiles ?? [];

describe('percentiles', () => {
  test('are those of type 7, exactly, where the sample carries them', () => {
    const found = percentilesOf(101).map(({ percent, value }) => [percent, value]);
    expect(found).toEqual([
      [50, expect.closeTo(51, 9)],
      [90, expect.closeTo(91, 9)],
      [95, expect.closeTo(96, 9)],
      [99, expect.closeTo(100, 9)],
    ]);
  });

  test.each([
    [1, 4],
    [2, 3],
    [10, 2],
    [20, 1],
    [99, 1],
    [100, 0],
  ])('of %i requests %i can not be given, with the reason', (n, missing) => {
    const without = percentilesOf(n).filter(({ value }) => value === null);
    expect(without).toHaveLength(missing);
    if (n < 100) expect(without.at(-1)?.reason).toBe(`needs 100 requests, and there are ${n}`);
  });

  test('of gaps need no more than gaps', () => {
    const itl = rowOf(sample(20), { requests: 20 }).values['itl'];
    expect(itl?.percentiles.map(({ value }) => value)).toEqual([50, 90, 95, 99].map(() => expect.closeTo(10, 1)));
  });
});

describe('what a fixed prompt changes', () => {
  test('neither its length nor a cache hit makes a row invalid, and the hit is told', () => {
    const hits = four.map((record) => ({ ...record, cachedTokens: 2 }));
    const summary = summaryOf(hits);
    expect(summary.rows[0]).toMatchObject({ valid: true, cache: 'hit' });
    expect(summary.advice).toMatchObject([{ id: 'fixed-prompt', rows: [loadCell.id] }]);
    expect(summary.advice[0]?.text).toMatch(/every prompt is equal.*4 of 4 requests/);
    expect(summaryOf(four).advice).toEqual([]);
  });

  test('a prompt that nobody counts costs the total throughput and no more', () => {
    const unknown = { prompt: 'unknown', output: 'server-usage', chunks: 'running-usage' } as const;
    const row = rowOf(four.map((record) => ({ ...record, promptTokens: null, countedBy: unknown })));
    expect(row.valid).toBe(true);
    expect(row.values['total_throughput']).toMatchObject({ value: null, reason: 'the prompt tokens were not counted' });
    expect(row.values['output_throughput']?.value).toBeGreaterThan(0);
  });

  test('tokens that nobody counts leave no row', () => {
    const unknown = { prompt: 'server-usage', output: 'unknown', chunks: 'unknown' } as const;
    expect(rowOf(four.map((record) => ({ ...record, countedBy: unknown }))).reasons).toEqual([
      'the generated tokens were not reported (4 of 4 requests)',
    ]);
  });

  test('answers that ended early are counted with their lengths', () => {
    const short = four.map((record, place) => ({ ...record, requestedOutputTokens: place === 0 ? 11 : 64 }));
    const summary = summaryOf(short);
    expect(summary.rows[0]?.marks).toEqual(['short-output']);
    expect(summary.advice[0]?.text).toMatch(/^3 of 4 answers ended before 64 tokens, after 11:/);
  });

  test('a pass that never had its load says so', () => {
    const alone = [0, 1, 2, 3].map((place) => timedRequest(1000 + 200 * place, 50));
    expect(summaryOf(alone).advice).toMatchObject([{ id: 'low-concurrency', rows: [loadCell.id] }]);
  });
});

test('all failed, and stopped early', () => {
  const none = summaryOf(four.map((record) => ({ ...record, outcome: refused })));
  expect(verdictOf(none)).toBe('all-failed');
  expect(none.rows[0]?.values['ttft']).toMatchObject({ value: null, reason: 'no measured request succeeded' });
  expect(rowOf(four.slice(0, 2)).marks).toEqual(['partial']);
});

test('a long row lists the first thousand requests, and counts all', () => {
  const many = Array.from({ length: 1200 }, (_, place) => timedRequest(1000 + place, 5, { id: place }));
  const row = rowOf(many, { requests: 1200 });
  expect(row.requests).toHaveLength(1000);
  expect(row.counts.measured).toBe(1200);
});
