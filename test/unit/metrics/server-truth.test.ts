import { describe, expect, test } from 'vitest';

import type { ServerCounters } from '../../../src/contract/engine.ts';
import type { RequestRecord } from '../../../src/contract/record.ts';
import type { Summary, SummaryRow } from '../../../src/contract/summary.ts';
import type { ServerSample } from '../../../src/contract/telemetry.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import type { RecordedRun } from '../../../src/metrics/summarize.ts';
import { serverText } from '../../../src/report/server-text.ts';
import { engine, refused, runOf, scriptedRecord } from './scripted-run.ts';

// TTFT 50 ms, 10 gaps of 10 ms: 100 prompt tokens, 11 generated ones.
const records = [1, 2, 3].map((repetition) =>
  scriptedRecord({ sentMs: repetition * 1000 }, { id: repetition, repetition }),
);

/** What a server has counted after so many requests; other fields replaced. */
function counters(requests: number, fields: Partial<ServerCounters> = {}): ServerCounters {
  return {
    source: '/metrics of vLLM',
    requests,
    promptTokens: requests * 100,
    outputTokens: requests * 11,
    cachedTokens: 0,
    ttft: { count: requests, totalMs: requests * 49.5 },
    latency: { count: requests, totalMs: requests * 149 },
    decodeMs: requests * 99.5,
    ...fields,
  };
}

const at = (atMs: number, told: ServerCounters | null): ServerSample => ({
  kind: 'server',
  atNs: atMs * 1e6,
  counters: told,
});

/** Readings around each of the three requests: the server counts on from seven earlier ones. */
function readings(count: (requests: number) => ServerCounters | null): ServerSample[] {
  return [1, 2, 3].flatMap((pass) => [at(pass * 1000 - 10, count(6 + pass)), at(pass * 1000 + 400, count(7 + pass))]);
}

function summaryOf(telemetry: readonly ServerSample[], of: readonly RequestRecord[] = records): Summary {
  return summarize(runOf(of, { telemetry }));
}

function rowOf(telemetry: readonly ServerSample[], of: readonly RequestRecord[] = records): SummaryRow {
  const [row] = summaryOf(telemetry, of).rows;
  if (row === undefined) throw new Error('no row');
  return row;
}

/** How many requests each figure stands on. */
function requestsBehind(of: readonly RequestRecord[]): Record<string, number> {
  return Object.fromEntries((rowOf([], of).serverTruth?.figures ?? []).map(({ id, n }) => [id, n]));
}

describe('counters around each pass', () => {
  test('stand beside what the client saw of the same requests', () => {
    const summary = summaryOf(readings(counters));
    const truth = summary.rows[0]?.serverTruth;
    expect(truth).toMatchObject({ source: '/metrics of vLLM', reason: null, otherRequests: 0 });
    expect(truth?.figures.map(({ id, n, server, client }) => [id, n, server, client])).toEqual([
      ['ttft', 3, 49.5, 50],
      ['latency', 3, 149, 150],
      ['decode_time', 3, 99.5, 100],
      ['prompt_tokens', 3, 300, 300],
      ['output_tokens', 3, 33, 33],
    ]);
    expect(truth?.figures[1]?.gapPercent).toBeCloseTo(100 / 149, 10);
    expect(summary.advice).toEqual([]);
    expect(serverText(summary)).toMatch(
      /^\/metrics of vLLM agrees: TTFT within 1.0 %, latency within 0.67 %, decode time within 0.50 %, tokens equal$/,
    );
  });

  test('a gap above 2 % and 1 ms is advice that names both numbers', () => {
    const summary = summaryOf(readings((n) => counters(n, { ttft: { count: n, totalMs: n * 40 } })));
    expect(summary.advice).toHaveLength(1);
    expect(summary.advice[0]).toMatchObject({ id: 'server-gap', rows: ['p100'] });
    expect(summary.advice[0]?.text).toBe(
      "The client and the server disagree: TTFT 50.00 ms here, 40.00 ms by the server's own clock (25 %) " +
        '(/metrics of vLLM, the row with 100 prompt tokens).',
    );
    expect(serverText(summary)).toMatch(/vLLM differs: TTFT within 25 %/);
  });

  test('a large share of a short time is none: HTTP takes as much', () => {
    const short = [1, 2, 3].map((pass) => scriptedRecord({ sentMs: pass * 1000, ttftMs: 5 }, { repetition: pass }));
    const summary = summaryOf(
      readings((n) =>
        counters(n, { ttft: { count: n, totalMs: n * 4.2 }, latency: { count: n, totalMs: n * 104.95 } }),
      ),
      short,
    );
    expect(summary.advice).toEqual([]);
    expect(serverText(summary)).toMatch(/agrees: TTFT within 0.8 ms, latency within 0.1 %,/);
  });

  test('that hold requests of others are not used, and the row says so', () => {
    const spoilt = readings(counters).map((sample, index) =>
      index < 3 ? sample : at(sample.atNs / 1e6, counters((sample.counters?.requests ?? 0) + 2)),
    );
    const summary = summaryOf(spoilt);
    const [row] = summary.rows;
    expect(row?.serverTruth).toMatchObject({
      otherRequests: 2,
      reason: 'requests of others were answered meanwhile',
      figures: [],
    });
    expect(row?.noise).toEqual([{ reason: 'foreign requests', text: 'the server answered 2 requests of others' }]);
    expect(row?.valid).toBe(true);
    expect(summary.advice).toMatchObject([{ id: 'foreign-requests', rows: ['p100'] }]);
    expect(serverText(summary)).toMatch(/^\/metrics of vLLM not used: requests of others were answered/);
  });

  test('a request of others that began, and has not ended, shows by its first token', () => {
    const begun = readings((n) => counters(n, { ttft: { count: n === 10 ? 11 : n, totalMs: n * 49.5 } }));
    expect(rowOf(begun).serverTruth).toMatchObject({ otherRequests: 1, figures: [] });
  });

  test('requests of others between two passes touch nothing', () => {
    const between = readings(counters).map((sample, index) =>
      at(sample.atNs / 1e6, counters((sample.counters?.requests ?? 0) + (index < 2 ? 0 : 40))),
    );
    expect(rowOf(between).serverTruth).toMatchObject({ otherRequests: 0, reason: null });
  });

  test.each([
    [
      'behind a balancer, where each process counts its own',
      (n: number) => counters(Math.min(n, 9)),
      /^it counted 0 of 1/,
    ],
    [
      'without a count of requests, where the tokens are not the same',
      (n: number) => counters(n, { requests: null, ttft: null, latency: null, outputTokens: n * 12 }),
      /^it counted 12 generated tokens in place of 11$/,
    ],
  ])('are not used %s', (_name, count, reason) => {
    expect(rowOf(readings(count)).serverTruth).toMatchObject({ reason: expect.stringMatching(reason), figures: [] });
  });

  test('nor where requests failed', () => {
    const failed = [...records.slice(0, 2), scriptedRecord({ sentMs: 3000 }, { repetition: 3, outcome: refused })];
    expect(rowOf(readings(counters), failed).serverTruth).toMatchObject({ reason: /failed/, figures: [] });
  });

  test('a request that was sent again is not taken for one of others', () => {
    const again = [...records.slice(0, 2), scriptedRecord({ sentMs: 3000 }, { repetition: 3, attempts: 2 })];
    const twice = readings((n) => counters(n === 10 ? 11 : n));
    expect(rowOf(twice, again).serverTruth).toMatchObject({ otherRequests: 0, reason: /sent again/, figures: [] });
    expect(rowOf(readings(counters), again).serverTruth).toMatchObject({ reason: null });
  });

  test('without a count of requests stand by their tokens', () => {
    const truth = rowOf(readings((n) => counters(n, { requests: null, ttft: null, latency: null }))).serverTruth;
    expect(truth).toMatchObject({ otherRequests: null, reason: null });
    expect(truth?.figures.map(({ id }) => id)).toEqual(['decode_time', 'prompt_tokens', 'output_tokens']);
  });

  test('a whole answer in one read leaves the client without times of its tokens', () => {
    const whole = records.map((record) => ({ ...record, chunkNs: new Float64Array(11).fill(record.chunkNs[10] ?? 0) }));
    const figures = rowOf(readings(counters), whole).serverTruth?.figures ?? [];
    expect(figures.filter(({ client }) => client === null).map(({ id }) => id)).toEqual(['ttft', 'decode_time']);
    expect(figures[0]).toMatchObject({ server: 49.5, gapPercent: null });
  });

  test('that could not be read, or fell with a server started anew, say nothing', () => {
    expect(rowOf(readings((n) => (n === 9 ? null : counters(n)))).serverTruth).toBeNull();
    expect(rowOf(readings((n) => counters(20 - n))).serverTruth).toBeNull();
    expect(rowOf([]).serverTruth).toBeNull();
    expect(serverText(summaryOf([]))).toBeNull();
  });
});

describe('times that come with each answer', () => {
  const timings = { promptMs: 49, decodeMs: 99, decodeTokens: 11, source: 'llama-server timings' };
  const withTimes = (record: RequestRecord): RequestRecord => ({ ...record, timings });
  const timed = records.map(withTimes);

  test('go before counters', () => {
    const truth = rowOf(readings(counters), timed).serverTruth;
    expect(truth).toMatchObject({ source: 'llama-server timings', reason: null, otherRequests: null });
    expect(truth?.figures.map(({ id, server, client }) => [id, server, client])).toEqual([
      ['ttft', 49, 50],
      ['decode_time', 99, 100],
    ]);
  });

  test('have no TTFT where requests may wait for each other', () => {
    const run: Partial<RecordedRun> = { cells: runOf([]).cells.map((cell) => ({ ...cell, parallel: 4 })) };
    const [row] = summarize(runOf(timed, run)).rows;
    expect(row?.serverTruth?.figures.map(({ id }) => id)).toEqual(['decode_time']);
  });

  test('are compared where the first read has one token', () => {
    const coalesced = withTimes(scriptedRecord({}, { chunkTokens: new Uint32Array(11).fill(1).with(0, 2) }));
    expect(requestsBehind([coalesced, ...timed.slice(1)])).toEqual({ ttft: 3, decode_time: 2 });
    expect(requestsBehind([coalesced])).toEqual({ ttft: 1 });
  });

  test('of an engine whose stamps are the records, say nothing new', () => {
    expect(summarize(runOf(timed, { engine: { ...engine, url: null } })).rows[0]?.serverTruth).toBeNull();
  });
});
