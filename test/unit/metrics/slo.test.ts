import { expect, test } from 'vitest';

import { summarySchema } from '../../../src/contract/schema/summary.ts';
import type { CellPlan, SloLimit } from '../../../src/contract/plan.ts';
import type { RequestRecord } from '../../../src/contract/record.ts';
import type { Summary, SummaryValue } from '../../../src/contract/summary.ts';
import { compareSummaries } from '../../../src/metrics/comparison/compare-summaries.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import { undescribedNumbers } from '../../support/undescribed-numbers.ts';
import { engine, plan, refused, runOf } from './scripted-run.ts';
import { loadCell, timedRequest } from './scripted-load.ts';

function judged(records: readonly RequestRecord[], slo: readonly SloLimit[], change: Partial<CellPlan> = {}): Summary {
  const cells = [{ ...loadCell, ...change }];
  return summarize(runOf(records, { plan: { ...plan, cells, slo }, cells, engine: { ...engine, cache: 'off' } }));
}

function valuesOf(...given: Parameters<typeof judged>): Readonly<Record<string, SummaryValue>> {
  return judged(...given).rows[0]?.values ?? {};
}

const limit = (metric: SloLimit['metric'], limitMs: number, operator: SloLimit['operator'] = '<='): SloLimit => ({
  metric,
  operator,
  limitMs,
});

// Over 400 ms: first tokens after 50, 100, 100 and 200 ms, all of 10 ms a token.
const four = [timedRequest(1000, 50), timedRequest(1000, 100), timedRequest(1150, 100), timedRequest(1100, 200)];

test('goodput is what kept every limit by the time of the pass, and attainment its share of all that were sent', () => {
  const values = valuesOf(four, [limit('ttft', 100), limit('tpot', 50), limit('latency', 10_000)]);
  expect(values['goodput']).toMatchObject({ unit: 'requests/s', n: 1, method: 'one pass', interval: null });
  expect(values['goodput']?.value).toBeCloseTo(3 / 0.4, 9);
  expect(values['slo_attainment']).toMatchObject({ value: 75, unit: '%', n: 4, interval: null, raw: [75] });
});

test.each([
  [limit('ttft', 100), 75],
  [limit('ttft', 100, '<'), 25],
  [limit('ttft', 49.9), 0],
  [limit('tpot', 10), 100],
  [limit('tpot', 10, '<'), 0],
  [limit('latency', 200), 75],
  [limit('latency', 200, '<'), 25],
])('%o is kept by %i %%', (one, share) => {
  expect(valuesOf(four, [one])['slo_attainment']?.value).toBe(share);
});

test('a failed request keeps no limit, however early it ended', () => {
  const failed = timedRequest(1050, 1, { outcome: refused });
  const values = valuesOf([...four, failed], [limit('ttft', 500)]);
  expect(values['slo_attainment']).toMatchObject({ value: 80, n: 5 });
  expect(values['goodput']?.value).toBeCloseTo(4 / 0.4, 9);
  const none = valuesOf([failed], [limit('ttft', 500)]);
  expect([none['slo_attainment']?.value, none['goodput']?.value]).toEqual([0, 0]);
});

test('warm-ups are not judged', () => {
  const warmup = timedRequest(0, 5, { phase: 'warmup' });
  expect(valuesOf([warmup, ...four], [limit('ttft', 10)])['slo_attainment']).toMatchObject({ value: 0, n: 4 });
});

test('several passes are summed, goodput with an interval as that of throughput', () => {
  const second = four.map((record) => ({
    ...record,
    repetition: 2,
    sentNs: record.sentNs + 5e9,
    endNs: record.endNs + 5.01e9,
    chunkNs: record.chunkNs.map((ns) => ns + 5e9),
  }));
  const values = valuesOf([...four, ...second], [limit('ttft', 100)]);
  expect(values['goodput']).toMatchObject({ n: 2, method: 'sum over sum of the passes' });
  expect(values['goodput']?.value).toBeCloseTo(6 / 0.81, 6);
  const [good, all] = [values['goodput']?.interval, values['request_throughput']?.interval];
  expect(good?.low).toBeCloseTo(0.75 * (all?.low ?? NaN), 6);
  expect(values['slo_attainment']).toMatchObject({ value: 75, n: 8, raw: [75, 75] });
});

test.each([2, 12])('where no request of %i passes keeps the limit goodput is 0, without an interval', (passes) => {
  const records = Array.from({ length: passes }, (_, pass) =>
    four.map((record) => ({ ...record, repetition: pass + 1, endNs: record.endNs + pass * 1e6 })),
  ).flat();
  const summary = judged(records, [limit('ttft', 1)]);
  expect(summary.rows[0]?.values['goodput']).toMatchObject({ value: 0, interval: null, n: passes });
  expect(() => summarySchema.parse(JSON.parse(JSON.stringify(summary)))).not.toThrow();
});

const atOnce = (sentMs: number): RequestRecord =>
  timedRequest(sentMs, 100, { chunkNs: new Float64Array(11).fill((sentMs + 100) * 1e6) });

test('an answer in one read had its first token then; what a token takes is not known of it', () => {
  expect(valuesOf([atOnce(1000)], [limit('ttft', 100)])['slo_attainment']?.value).toBe(100);
  const unknown = valuesOf([atOnce(1000), atOnce(1100)], [limit('ttft', 100), limit('tpot', 50)]);
  for (const id of ['goodput', 'slo_attainment'])
    expect(unknown[id]).toMatchObject({ value: null, reason: expect.stringContaining('came in one read') });
  // One of which it is known is judged, and the other is not counted for it.
  const mixed = valuesOf([atOnce(1000), timedRequest(1100, 50)], [limit('ttft', 100), limit('tpot', 50)]);
  expect(mixed['slo_attainment']).toMatchObject({ value: 50, n: 2 });
  // What is beyond one limit is beyond the SLO, whatever the other may be.
  expect(valuesOf([atOnce(1000)], [limit('tpot', 50), limit('ttft', 99)])['slo_attainment']?.value).toBe(0);
});

test('an answer of one token keeps every limit on the tokens after it', () => {
  const one = timedRequest(1000, 50, {
    chunkNs: Float64Array.of(1050e6),
    chunkTokens: Uint32Array.of(1),
    outputTokens: 1,
  });
  expect(valuesOf([one], [limit('tpot', 1)])['slo_attainment']?.value).toBe(100);
});

test('formulas name the limits, and every number says what it is', () => {
  const summary = judged(four, [limit('ttft', 100), limit('tpot', 50, '<')]);
  expect(summary.slo).toEqual([limit('ttft', 100), limit('tpot', 50, '<')]);
  const { goodput, slo_attainment: attainment } = summary.rows[0]?.values ?? {};
  expect(goodput?.formula).toMatch(/^requests answered with ttft <= 100 ms and tpot < 50 ms \/ time of the pass/);
  expect(attainment?.formula).toContain('ttft <= 100 ms and tpot < 50 ms');
  expect(undescribedNumbers(JSON.parse(JSON.stringify(summary)))).toEqual([]);
});

test('without limits, and of the standard speed, there is neither', () => {
  for (const values of [valuesOf(four, []), valuesOf(four, [limit('ttft', 100)], { kind: 'speed' })]) {
    expect(values['ttft']).toBeDefined();
    expect([values['goodput'], values['slo_attainment']]).toEqual([undefined, undefined]);
  }
});

test('other limits forbid a comparison of goodput, and of nothing else', () => {
  const passes = [1, 2, 3].flatMap((repetition) =>
    four.map((record) => ({ ...record, repetition, endNs: record.endNs + repetition * 1e6 })),
  );
  const [base, candidate] = [judged(passes, [limit('ttft', 100)]), judged(passes, [limit('ttft', 60)])];
  const { differences, cells } = compareSummaries(base, candidate);
  expect(differences.filter(({ blocks }) => blocks)).toEqual([]);
  const verdicts = Object.fromEntries(cells[0]?.values.map(({ id, verdict }) => [id, verdict]) ?? []);
  expect(verdicts).toMatchObject({ goodput: 'not comparable', request_throughput: 'no evidence', ttft: 'no evidence' });
  const same = compareSummaries(base, judged(passes, [limit('ttft', 100)])).cells[0]?.values;
  expect(same?.find(({ id }) => id === 'goodput')?.verdict).toBe('no evidence');
  // A run without limits has no such value: the rest is compared.
  const without = compareSummaries(base, judged(passes, [])).cells[0];
  expect([without?.blockedBy, without?.values.some(({ id }) => id === 'goodput')]).toEqual([null, false]);
});
