import { describe, expect, test } from 'vitest';

import type { RequestRecord } from '../../../src/contract/record.ts';
import type { Advice } from '../../../src/contract/summary.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import type { RecordedRun } from '../../../src/metrics/summarize.ts';
import { engine, ok, refused, runOf, scriptedRecord, workload } from './scripted-run.ts';

const clean = [1, 2, 3].map((repetition) => scriptedRecord({}, { id: repetition, repetition }));

function adviceOf(records: readonly RequestRecord[], parts: Partial<RecordedRun> = {}): readonly Advice[] {
  return summarize(runOf(records, parts)).advice;
}

function only(records: readonly RequestRecord[], parts: Partial<RecordedRun> = {}): Advice {
  const advice = adviceOf(records, parts);
  expect(advice).toHaveLength(1);
  const first = advice[0];
  if (first === undefined) throw new Error('no advice');
  return first;
}

function timed(decodeMs: number): RequestRecord[] {
  const timings = { promptMs: 49.5, decodeMs, decodeTokens: 11, source: 'llama-server timings' };
  return clean.map((record) => ({ ...record, timings }));
}

test('a quiet run has none', () => {
  expect(adviceOf(clean)).toEqual([]);
});

describe('each warning has its evidence, its rows, and what helps', () => {
  test('failed requests: how many, and the first message', () => {
    const advice = only([
      scriptedRecord({}, { phase: 'warmup', outcome: refused }),
      ...clean,
      scriptedRecord({}, { outcome: { ...refused, message: 'second' } }),
    ]);
    expect(advice).toMatchObject({ id: 'failed-requests', rows: ['p100'] });
    expect(advice.text).toMatch(/^2 of 5 requests failed, 1 of them in the warm-up.*The first: HTTP 503: no capacity$/);
  });

  test('a request that the user cancelled is no failure of the server', () => {
    const outcome = { ...refused, failure: 'cancelled', message: 'interrupted' } as const;
    expect(adviceOf([...clean, scriptedRecord({}, { outcome })])).toEqual([]);
  });

  test('control codes of a server do not reach the text', () => {
    const outcome = { ...refused, message: 'bad\u001b[2Jthing\nnext' };
    expect(only([...clean, scriptedRecord({}, { outcome })]).text).toMatch(/The first: badthing next$/);
  });

  test('speculative decoding of random prompts, and not of real text', () => {
    const drafting = { ...engine, settings: { ...engine.settings, speculativeDecoding: 'EAGLE' } };
    const advice = only(clean, { engine: drafting });
    expect(advice).toMatchObject({ id: 'speculative-decoding', rows: ['p100'] });
    expect(advice.text).toMatch(/speculatively \(EAGLE\)/);
    const fixed = { ...workload, method: 'fixed-text' as const };
    const ids = adviceOf(clean, { engine: drafting, workload: fixed }).map(({ id }) => id);
    expect(ids).not.toContain('speculative-decoding');
  });

  test('prompt counts', () => {
    const advice = only([...clean, scriptedRecord({}, { promptTokens: 104 })]);
    expect(advice.text).toMatch(/104 prompt tokens where 100 were asked/);
    expect(advice.hint).toMatch(/--tokenizer-path.*--tokenize-prompt/);
  });

  test('counts that were not reported', () => {
    const unknown = { prompt: 'unknown', output: 'unknown', chunks: 'unknown' } as const;
    const advice = only([...clean, scriptedRecord({}, { promptTokens: null, countedBy: unknown })]);
    expect(advice).toMatchObject({ id: 'count-unreported', rows: ['p100'] });
  });

  test('short output', () => {
    const short = { requestedOutputTokens: 2048, outcome: { ...ok, finishReason: 'stop' } };
    expect(only([...clean, scriptedRecord({}, short)]).text).toMatch(
      /after 11 of 2,048 tokens \(finish reason: stop\)/,
    );
  });

  test('cache hit, and cache unknown', () => {
    expect(only([...clean, scriptedRecord({}, { cachedTokens: 96 })]).text).toMatch(/took 96 prompt tokens/);
    const silent = clean.map((record) => ({ ...record, cachedTokens: null }));
    expect(only(silent)).toMatchObject({ id: 'cache-unknown', rows: ['p100'] });
    expect(adviceOf(silent, { engine: { ...engine, cache: 'off' } })).toEqual([]);
  });

  test('coalesced chunks', () => {
    const record = scriptedRecord();
    record.chunkNs[5] = record.chunkNs[4] ?? 0;
    expect(only([...clean, record]).text).toMatch(/^Up to 18 % of a request's tokens/);
  });

  test('several tokens an event', () => {
    const chunkTokens = new Uint32Array(11).fill(2);
    const record = scriptedRecord({}, { chunkTokens, outputTokens: 22 });
    expect(only([record, record, record])).toMatchObject({ id: 'several-tokens-an-event' });
  });

  test('scaled lengths', () => {
    const scale = {
      factor: 0.031,
      plannedPromptTokens: [1, 6144],
      plannedOutputTokens: 2048,
      reason: 'to end in 2 min',
    };
    const advice = only(clean, { workload: { ...workload, scale } });
    expect(advice.text).toMatch(/^to end in 2 min\. Compare with runs of the same lengths only\.$/);
    expect(advice.hint).toMatch(/--fit.*--prompt-lengths/);
  });

  test('a single run, which is partial too', () => {
    const advice = adviceOf(clean.slice(0, 1));
    expect(advice.map(({ id }) => id)).toEqual(['partial-rows', 'single-run']);
    expect(advice[0]?.text).toMatch(/1 of 3/);
    expect(advice[1]?.hint).toMatch(/--repetitions/);
  });

  test('dummy weights', () => {
    expect(only(clean, { engine: { ...engine, weights: 'dummy' } }).text).toMatch(/prefill may differ/);
  });

  test('connections opened and requests sent again', () => {
    expect(only([...clean, scriptedRecord({}, { connectNs: 15_300_000 })]).text).toMatch(
      /1 measured request .* 15.3 ms/,
    );
    expect(only([...clean, scriptedRecord({}, { attempts: 2 })])).toMatchObject({ id: 'retried' });
  });

  test("the server's own decode time, both figures said", () => {
    expect(adviceOf(timed(98.5))).toEqual([]);
    const advice = only(timed(97));
    expect(advice).toMatchObject({ id: 'server-gap', rows: ['p100'] });
    expect(advice.text).toMatch(
      /decode time 100.0 ms here, 97.00 ms by the server's own clock \(3.1 %\) \(llama-server timings, the row with 100/,
    );
    expect(only(timed(103)).text).toMatch(/-2.9 %/);
  });

  test('scattered repetitions', () => {
    expect(adviceOf([9.7, 10, 10.3].map((itlMs) => scriptedRecord({ itlMs })))).toEqual([]);
    const advice = only([9, 10, 11].map((itlMs) => scriptedRecord({ itlMs })));
    expect(advice.text).toMatch(/"Decode speed" is 10 % of its mean in the row with 100 prompt tokens/);
  });
});
