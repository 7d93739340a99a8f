import { expect, test } from 'vitest';

import type { CellPlan } from '../../../src/contract/plan.ts';
import type { RequestRecord } from '../../../src/contract/record.ts';
import type { ReportDetails } from '../../../src/contract/report-details.ts';
import type { TelemetrySample } from '../../../src/contract/telemetry.ts';
import { readsOf, thinned } from '../../../src/metrics/details/reads.ts';
import { DetailsTally } from '../../../src/metrics/details/report-details.ts';
import { RunTally } from '../../../src/metrics/run-tally.ts';
import { gpuSample, hostSample } from './samples.ts';
import { cell, engine, environment, plan, refused, scriptedRecord, workload } from './scripted-run.ts';

const loadCell: CellPlan = { ...cell, id: 'load', kind: 'load', parallel: 8, requests: 1000 };

function details(
  cells: readonly CellPlan[],
  records: readonly RequestRecord[],
  telemetry: readonly TelemetrySample[] = [],
): ReportDetails {
  const tally = new RunTally(cells);
  const shown = new DetailsTally(cells);
  for (const record of records) {
    tally.add(record);
    shown.add(record);
  }
  const facts = { plan, cells, engine, environment, workload, protocol: null, directory: 'd', telemetry };
  return shown.details({ ...facts, state: 'complete' }, tally);
}

/** Requests of a load, one every 10 ms, each 1 ms longer than the one before. */
function loadRecords(count: number, fields: (index: number) => Partial<RequestRecord> = () => ({})): RequestRecord[] {
  return Array.from({ length: count }, (_, id) =>
    scriptedRecord({ sentMs: 1000 + id * 10, ttftMs: 50 + id, tokens: 3 }, { id, cell: 'load', ...fields(id) }),
  );
}

test('a small run keeps the timelines of all requests', () => {
  const { timelines } = details(
    [cell],
    [scriptedRecord({}, { id: 1, phase: 'warmup' }), scriptedRecord({}, { id: 2 })],
  );
  expect(timelines.map(({ request }) => request.id)).toEqual([1, 2]);
  expect(timelines[0]).toMatchObject({
    cell: 'p100',
    why: 'other',
    gapUs: [50_000, ...Array.from({ length: 10 }, () => 10_000)],
    reads: 11,
    endUs: 160_000,
  });
  expect(timelines[0]?.tokens).toEqual(Array.from({ length: 11 }, () => 1));
});

test('a large one keeps at most 200: failed, the slowest, and those next to the median', () => {
  const records = loadRecords(1000, (id) => (id % 100 === 7 ? { outcome: refused, chunkNs: new Float64Array() } : {}));
  const { timelines } = details([loadCell], records);
  expect(timelines.length).toBeLessThanOrEqual(200);
  const ids = (why: string): number[] => timelines.filter((one) => one.why === why).map(({ request }) => request.id);
  expect(ids('failed')).toEqual([7, 107, 207, 307, 407, 507, 607, 707, 807, 907]);
  expect(ids('slowest').slice(0, 3)).toEqual([999, 998, 997]);
  expect(ids('slowest')).toHaveLength(67);
  // Latencies rise with the number, so the middle of them lies at 500.
  expect(Math.min(...ids('median'))).toBeGreaterThan(150);
  expect(Math.max(...ids('median'))).toBeLessThan(850);
  expect(ids('median').length).toBeGreaterThan(80);
  expect(new Set(timelines.map(({ request }) => request.id)).size).toBe(timelines.length);
});

test('several rows share the timelines', () => {
  const cells = Array.from({ length: 8 }, (_, index) => ({ ...loadCell, id: `load-${index}` }));
  const records = cells.flatMap(({ id }) => loadRecords(300, () => ({ cell: id })));
  const { timelines } = details(cells, records);
  expect(timelines).toHaveLength(200);
  for (const { id } of cells) expect(timelines.filter((one) => one.cell === id)).toHaveLength(25);
});

test('chunks of one stamp are one read', () => {
  const record = scriptedRecord({ tokens: 4 }, { chunkTokens: Uint32Array.of(1, 2, 3, 4) });
  record.chunkNs[2] = record.chunkNs[1] ?? 0;
  expect(readsOf(record).tokens).toEqual([1, 5, 4]);
});

test('thinned reads lose no token, keep both ends and the longest gap', () => {
  const record = scriptedRecord({ tokens: 5000, itlMs: 1 });
  for (let index = 3000; index < 5000; index++) record.chunkNs[index] = (record.chunkNs[index] ?? 0) + 400e6;
  const all = readsOf(record);
  const shown = thinned(all, 100);
  expect(shown.atNs.length).toBeLessThanOrEqual(100);
  expect(shown.tokens.reduce((sum, tokens) => sum + tokens, 0)).toBe(5000);
  expect([shown.atNs[0], shown.atNs.at(-1)]).toEqual([all.atNs[0], all.atNs.at(-1)]);
  const gaps = shown.atNs.map((at, index) => at - (shown.atNs[index - 1] ?? at));
  expect(Math.max(...gaps)).toBe(401e6);
});

test('timelines of a page stay few points together', () => {
  const records = Array.from({ length: 200 }, (_, id) => scriptedRecord({ tokens: 2000 }, { id, cell: 'load' }));
  const { timelines } = details([loadCell], records);
  expect(timelines).toHaveLength(200);
  expect(timelines.reduce((sum, one) => sum + one.gapUs.length, 0)).toBeLessThanOrEqual(48_000);
  expect(timelines[0]?.reads).toBe(2000);
  expect(timelines[0]?.tokens.reduce((sum, tokens) => sum + tokens, 0)).toBe(2000);
});

test('distributions are quantiles at even steps, each value where they are few', () => {
  const few = details([loadCell], loadRecords(5)).distributions;
  expect(few.map(({ metric, n }) => [metric, n])).toEqual([
    ['ttft', 5],
    ['tpot', 5],
    ['latency', 5],
    ['itl', 10],
  ]);
  expect(few[0]?.quantiles).toEqual([50, 51, 52, 53, 54]);
  const many = details([loadCell], loadRecords(1001)).distributions;
  expect(many[0]?.quantiles).toHaveLength(201);
  expect(many[0]?.quantiles[100]).toBe(550);
  expect(details([cell], [scriptedRecord()]).distributions).toEqual([]);
});

test('tokens over the run add up to those that arrived', () => {
  const { series } = details([loadCell], loadRecords(500));
  const tokens = series.find(({ id }) => id === 'output');
  const [first = 0, second = 0] = tokens?.seconds ?? [];
  const width = second - first;
  const sum = (tokens?.values ?? []).reduce((total, value) => total + value * width, 0);
  expect(sum / 1500).toBeCloseTo(1, 1);
  expect(tokens?.values.length).toBeLessThanOrEqual(240);
});

test('requests in flight over the run are the time that they took', () => {
  const records = loadRecords(100);
  const series = details([loadCell], records).series.find(({ id }) => id === 'in-flight');
  const busyMs = records.reduce((sum, { sentNs, endNs }) => sum + (endNs - sentNs) / 1e6, 0);
  const spanMs = (Math.max(...records.map(({ endNs }) => endNs)) - 1000e6) / 1e6;
  const mean = (series?.values ?? []).reduce((sum, value) => sum + value, 0) / (series?.values.length ?? 1);
  expect(mean).toBeCloseTo(busyMs / spanMs, 2);
});

test('the send delay of an open loop keeps its peaks', () => {
  const open: CellPlan = { ...loadCell, parallel: null, arrival: { kind: 'constant', requestsPerSecond: 100 } };
  const late = loadRecords(2000, (id) => ({ dueNs: (1000 + id * 10 - (id === 777 ? 25 : 0)) * 1e6 }));
  const series = details([open], late).series.find(({ id }) => id === 'send-delay');
  expect(Math.max(...(series?.values ?? []))).toBe(25);
  expect(series?.values.length).toBeLessThanOrEqual(241);
  expect(details([loadCell], late).series.some(({ id }) => id === 'send-delay')).toBe(false);
});

test('samples of the machine are cores, per cent and watts over time', () => {
  const samples = [
    hostSample(1000, { busyMs: 0, ownMs: 0 }),
    hostSample(1500, { busyMs: 750, ownMs: 500 }),
    hostSample(2000, { busyMs: 1500, ownMs: 1000 }),
    gpuSample(1000),
    gpuSample(2000, { powerWatts: 350 }),
  ];
  const { series } = details([cell], [scriptedRecord()], samples);
  const of = (id: string): unknown => series.find((one) => one.id === id);
  expect(of('own-cpu')).toMatchObject({ unit: 'cores', seconds: [1.25, 1.75], values: [1, 1] });
  expect(of('other-cpu')).toMatchObject({ values: [0.5, 0.5] });
  expect(of('stolen-cpu')).toBeUndefined();
  expect(of('gpu-power')).toMatchObject({ unit: 'W', device: 'GPU-1', values: [300, 350] });
});

test('passes of one row that follow one another are one span', () => {
  const records = [
    scriptedRecord({ sentMs: 0 }, { phase: 'warmup' }),
    scriptedRecord({ sentMs: 1000 }, { repetition: 1 }),
    scriptedRecord({ sentMs: 2000 }, { repetition: 2 }),
  ];
  expect(details([cell], records).spans).toEqual([
    { cell: 'p100', phase: 'warmup', fromSeconds: 0, toSeconds: 0.16 },
    { cell: 'p100', phase: 'measured', fromSeconds: 1, toSeconds: 2.16 },
  ]);
});

const memory = (bytes: number) => [{ kind: 'engine' as const, bytes, method: 'allocator', reason: null }];

test('memory of single requests stands against their context', () => {
  const long: CellPlan = { ...cell, id: 'p200', promptTokens: 200 };
  const records = [
    scriptedRecord({}, { memory: memory(2 ** 30) }),
    scriptedRecord({}, { cell: 'p200', promptTokens: 200, memory: memory(3 * 2 ** 29) }),
  ];
  const { hardware } = details([cell, long], records);
  expect(hardware.memory.map(({ contextTokens, gibibytes }) => [contextTokens, gibibytes])).toEqual([
    [111, 1],
    [211, 1.5],
  ]);
  expect(details([cell], records.slice(0, 1)).hardware.memory).toEqual([]);
});
