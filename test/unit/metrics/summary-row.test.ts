import { describe, expect, test } from 'vitest';

import type { RequestRecord } from '../../../src/contract/record.ts';
import type { SummaryRow } from '../../../src/contract/summary.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import type { RecordedRun } from '../../../src/metrics/summarize.ts';
import { verdictOf } from '../../../src/metrics/verdict.ts';
import { cell, engine, plan, refused, runOf, scriptedRecord } from './scripted-run.ts';

function rowOf(records: readonly RequestRecord[], parts: Partial<RecordedRun> = {}): SummaryRow {
  const row = summarize(runOf(records, parts)).rows[0];
  if (row === undefined) throw new Error('no row');
  return row;
}

function withCached(cachedTokens: number | null): RequestRecord {
  return scriptedRecord({}, { cachedTokens });
}

/** 100 tokens, of which so many have the stamp of a neighbour. */
function coalesced(shared: number): RequestRecord {
  const record = scriptedRecord({ tokens: 100 });
  for (let index = 50; index < 50 + shared; index++) record.chunkNs[index] = record.chunkNs[50] ?? 0;
  return record;
}

const three = [1, 2, 3].map((repetition) => scriptedRecord({}, { id: repetition, repetition }));

describe('what enters a row', () => {
  const records = [
    scriptedRecord({ ttftMs: 900 }, { id: 0, phase: 'warmup' }),
    ...three,
    scriptedRecord({ ttftMs: 700 }, { id: 4, outcome: refused }),
  ];
  const row = rowOf(records);

  test('warm-ups and failures are counted and listed, but enter no value', () => {
    expect(row.values['ttft']).toMatchObject({ value: 50, n: 3 });
    expect(row.counts).toEqual({ measured: 3, failed: 1, warmup: 1, planned: 3, executions: 1 });
    expect(row.requests.map((request) => request.id)).toEqual([0, 1, 2, 3, 4]);
    expect(row.valid).toBe(true);
    expect(row.reasons).toEqual([]);
  });

  test('a request is listed with its own times and speeds, a failed one with its facts', () => {
    expect(row.requests[1]).toMatchObject({
      sentMs: 1000,
      ttftMs: 50,
      latencyMs: 150,
      decodeSpeed: 100,
      connectMs: null,
    });
    expect(row.requests[1]?.generatedSpeed).toBeCloseTo(11 / 0.15, 9);
    expect(row.requests[4]).toMatchObject({ latencyMs: null, decodeSpeed: null, totalSpeed: null, outcome: refused });
  });

  test('each cell has its own row, in the order of the cells that were run', () => {
    const cells = [
      { ...cell, id: 'long', promptTokens: 200 },
      { ...cell, promptTokens: 50 },
    ];
    const summary = summarize(runOf(three, { cells }));
    expect(summary.rows.map((one) => [one.cell, one.promptTokens, one.counts.measured])).toEqual([
      ['long', 200, 0],
      ['p100', 50, 3],
    ]);
  });

  test('requests dealt in turn give each cell its share', () => {
    const cells = ['a', 'b', 'c'].map((id) => ({ ...cell, id }));
    const dealt = { ...plan, cells, traffic: { ...plan.traffic, repetitions: null, requests: 8, warmups: 0 } };
    expect(summarize(runOf([], { plan: dealt, cells })).rows.map((one) => one.counts.planned)).toEqual([3, 3, 2]);
  });
});

describe('validity', () => {
  test('another prompt count than asked for names both numbers', () => {
    const row = rowOf([...three, scriptedRecord({}, { promptTokens: 6150, requestedPromptTokens: 6144 })]);
    expect(row.valid).toBe(false);
    expect(row.reasons).toEqual([
      'the server counted 6,150 prompt tokens where 6,144 were asked for (1 of 4 requests)',
    ]);
    // The divisor stays what the server counted.
    expect(row.values['prompt_tokens']?.value).toBe((3 * 100 + 6150) / 4);
  });

  test('a wrong count in a warm-up or a failed request does not matter', () => {
    const warmup = scriptedRecord({}, { phase: 'warmup', promptTokens: 1 });
    const failed = scriptedRecord({}, { promptTokens: 1, outcome: refused });
    expect(rowOf([warmup, failed, ...three]).valid).toBe(true);
  });

  test.each([
    [{ promptTokens: null }, /prompt tokens were not reported/],
    [{ outputTokens: null }, /generated tokens were not reported/],
    [{ countedBy: { prompt: 'unknown', output: 'engine', chunks: 'engine' } }, /prompt tokens were not reported/],
    [
      { countedBy: { prompt: 'engine', output: 'assumed-one', chunks: 'engine' } },
      /generated tokens were not reported/,
    ],
    [{ cachedTokens: 64 }, /64 prompt tokens came from the prefix cache/],
    [{ outcome: refused }, /no measured request succeeded/],
  ] satisfies [Partial<RequestRecord>, RegExp][])('%o is not valid', (fields, reason) => {
    const row = rowOf([scriptedRecord({}, fields)]);
    expect(row.valid).toBe(false);
    expect(row.reasons).toHaveLength(1);
    expect(row.reasons[0]).toMatch(reason);
  });

  test('a short answer is marked and measured by what came, and stays valid', () => {
    const row = rowOf([...three, scriptedRecord({ tokens: 6 }, { requestedOutputTokens: 11 })]);
    expect(row.valid).toBe(true);
    expect(row.marks).toEqual(['short-output']);
    expect(row.values['output_tokens']?.value).toBe((33 + 6) / 4);
  });
});

describe('cache', () => {
  test.each([
    ['off', [null], 'off'],
    ['off', [0, 3], 'hit'],
    ['on', [0, 0], 'proved-cold'],
    ['unknown', [0, null], 'unknown'],
    ['unknown', [null, 5], 'hit'],
    ['unknown', [], 'unknown'],
  ] as const)('engine %s, cached %j: %s', (cache, cached, expected) => {
    expect(rowOf(cached.map(withCached), { engine: { ...engine, cache } }).cache).toBe(expected);
  });
});

describe('marks', () => {
  test('none on a clean row of three', () => {
    expect(rowOf(three).marks).toEqual([]);
  });

  test('coalesced above 5 % of tokens that share a stamp', () => {
    expect(rowOf([coalesced(5), coalesced(1), coalesced(1)]).marks).toEqual([]);
    expect(rowOf([coalesced(1), coalesced(6), coalesced(1)]).marks).toEqual(['coalesced']);
  });

  test('several tokens an event, but not an answer that was no stream', () => {
    const chunkTokens = new Uint32Array(10).fill(1);
    chunkTokens[9] = 2;
    expect(rowOf([scriptedRecord({ tokens: 10 }, { chunkTokens, outputTokens: 11 }), ...three]).marks).toEqual([
      'speculative-or-batched',
    ]);
    const whole = scriptedRecord({}, { chunkNs: Float64Array.of(1150e6), chunkTokens: Uint32Array.of(11) });
    expect(rowOf([whole, ...three]).marks).toEqual([]);
  });

  test('a single run, and fewer than planned', () => {
    expect(rowOf(three.slice(0, 1)).marks).toEqual(['single-run', 'partial']);
    expect(rowOf(three.slice(0, 2)).marks).toEqual(['partial']);
  });
});

describe('the summary as a whole', () => {
  test('carries the facts of the run', () => {
    expect(summarize(runOf(three, { warnings: ['cut off'], engine: { ...engine, notes: ['a note'] } }))).toMatchObject({
      v: 1,
      tokometer: '0.1.0',
      startedAt: '2026-11-21T21:05:00.000Z',
      machine: 'Example CPU 2.5 GHz, 2 cores, 8.00 GiB, Debian GNU/Linux 12 x64',
      workload: { dataset: 'speed_benchmark', method: 'token-ids', seed: 42, nonce: 'd1f0c7', scale: null },
      engine: { notes: ['a note'] },
      warnings: ['cut off'],
    });
  });

  test('of a run that stopped early says what it does not know', () => {
    const summary = summarize(runOf([], { engine: null, environment: null, workload: null, state: 'partial' }));
    expect(summary.engine).toMatchObject({ name: 'OpenAI-compatible server', cache: 'unknown' });
    expect(summary.workload).toMatchObject({ method: 'unknown', nonce: null });
    expect([summary.machine, summary.startedAt, summary.state]).toEqual(['unknown', 'unknown', 'partial']);
  });

  test('has a verdict for the exit code', () => {
    expect(verdictOf(summarize(runOf(three)))).toBe('ok');
    expect(verdictOf(summarize(runOf([scriptedRecord({}, { outcome: refused })])))).toBe('all-failed');
    expect(verdictOf(summarize(runOf([])))).toBe('all-failed');
    expect(verdictOf(summarize(runOf([scriptedRecord({}, { cachedTokens: 9 })])))).toBe('no-valid-row');
  });
});
