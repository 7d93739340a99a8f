import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { RequestRecord } from '../../../src/contract/record.ts';
import type { SummaryValue } from '../../../src/contract/summary.ts';
import { metrics, metricsOf } from '../../../src/metrics/definition/list.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import { engine, refused, runOf, scriptedRecord } from './scripted-run.ts';

function valuesOf(records: readonly RequestRecord[], facts = engine): (id: string) => SummaryValue {
  const row = summarize(runOf(records, { engine: facts })).rows[0];
  return (id) => {
    const value = row?.values[id];
    if (value === undefined) throw new Error(`no value ${id}`);
    return value;
  };
}

describe('one request of 100 prompt and 11 generated tokens, TTFT 50 ms, 10 ms a token', () => {
  const value = valuesOf([scriptedRecord()]);

  test.each([
    ['ttft', 50, 'ms'],
    ['latency', 150, 'ms'],
    ['prefill_speed', 2000, 'tokens/s'],
    ['decode_speed', 100, 'tokens/s'],
    ['generated_speed', 11 / 0.15, 'tokens/s'],
    ['total_speed', 111 / 0.15, 'tokens/s'],
    ['tpot', 10, 'ms'],
    ['prompt_tokens', 100, 'tokens'],
    ['output_tokens', 11, 'tokens'],
  ])('%s is %d %s', (id, expected, unit) => {
    expect(value(id).value).toBeCloseTo(expected, 9);
    expect(value(id).unit).toBe(unit);
    expect(value(id).reason).toBeNull();
    expect(value(id).n).toBe(1);
  });

  test('has no interval, and its spread is the value itself', () => {
    for (const metric of metricsOf({ kind: 'speed', arrival: null }, [])) expect(value(metric.id).interval).toBeNull();
    expect(value('ttft').spread).toEqual({ min: 50, median: 50, max: 50, standardDeviation: null });
  });

  test('connect time of an open connection is nothing, not zero', () => {
    expect(value('connect_time')).toMatchObject({ value: null, reason: 'the connection was already open', n: 0 });
    expect(valuesOf([scriptedRecord({}, { connectNs: 2_500_000 })])('connect_time').value).toBe(2.5);
  });
});

test('ids are unique, and each metric says what it is', () => {
  expect(new Set(metrics.map((metric) => metric.id)).size).toBe(metrics.length);
  for (const metric of metrics)
    expect(metric.formula.length * metric.label.length * metric.unit.length).toBeGreaterThan(0);
});

describe('decode speed', () => {
  test('takes off all tokens that share the first stamp', () => {
    const chunkNs = Float64Array.of(1050e6, 1050e6, 1060e6, 1070e6);
    const record = scriptedRecord({}, { chunkNs, chunkTokens: Uint32Array.of(2, 1, 1, 1), outputTokens: 5 });
    expect(valuesOf([record])('decode_speed').value).toBeCloseTo(2 / 0.02, 9);
  });

  test('with uncounted chunks each chunk of the first stamp stands for one token', () => {
    const record = scriptedRecord({}, { chunkTokens: null, outputTokens: 21 });
    expect(valuesOf([record])('decode_speed').value).toBeCloseTo(200, 9);
    expect(valuesOf([record])('generated_speed').value).toBeCloseTo(21 / 0.15, 9);
  });

  test('is null with its reason when a single read carried all, and so is everything that needs the first token', () => {
    const chunkNs = Float64Array.of(1150e6, 1150e6);
    const value = valuesOf([scriptedRecord({}, { chunkNs, chunkTokens: Uint32Array.of(5, 6) })]);
    for (const id of ['decode_speed', 'tpot', 'ttft', 'prefill_speed']) {
      expect(value(id)).toMatchObject({ value: null, n: 0, raw: [], spread: null, interval: null });
      expect(value(id).reason).toMatch(/one read/);
    }
    expect(value('latency').value).toBe(150);
    expect(value('generated_speed').value).toBeCloseTo(11 / 0.15, 9);
  });

  test('of a single token is null, while its time to first token stands', () => {
    const value = valuesOf([scriptedRecord({ tokens: 1 })]);
    expect(value('decode_speed')).toMatchObject({ value: null, reason: 'there is no token after the first' });
    expect(value('tpot').reason).toBe('there is no token after the first');
    expect(value('ttft').value).toBe(50);
  });
});

test('speeds without a count are null, not a guess', () => {
  const noPrompt = valuesOf([scriptedRecord({}, { promptTokens: null })]);
  expect(noPrompt('prefill_speed')).toMatchObject({ value: null, reason: 'the prompt tokens were not counted' });
  expect(noPrompt('total_speed').value).toBeNull();
  expect(noPrompt('generated_speed').value).toBeCloseTo(11 / 0.15, 9);
  const noOutput = valuesOf([scriptedRecord({}, { outputTokens: null })]);
  for (const id of ['generated_speed', 'decode_speed', 'total_speed', 'output_tokens']) {
    expect(noOutput(id)).toMatchObject({ value: null, reason: 'the generated tokens were not counted' });
  }
  expect(noOutput('ttft').value).toBe(50);
});

test('a request whose stamps show no time has no speed, not an infinite one', () => {
  const record = scriptedRecord({ ttftMs: 0, tokens: 1 });
  expect(valuesOf([record])('generated_speed')).toMatchObject({
    value: null,
    reason: 'no time passed between its stamps',
  });
  expect(summarize(runOf([record])).rows[0]?.requests[0]?.generatedSpeed).toBeNull();
});

describe('several requests', () => {
  test('a speed is all tokens by all time, its interval that of the times, inverted', () => {
    const value = valuesOf([9, 10, 11].map((itlMs) => scriptedRecord({ itlMs })))('decode_speed');
    expect(value).toMatchObject({ n: 3, method: 'sum over sum' });
    expect(value.value).toBeCloseTo(30 / 0.3, 9);
    // Times a token 9, 10, 11 ms: mean 10, half-width 4.302653 x 1 / sqrt 3.
    expect(value.interval?.low).toBeCloseTo(1000 / 12.484_138, 4);
    expect(value.interval?.high).toBeCloseTo(1000 / 7.515_862, 4);
    expect(value.interval?.level).toBe(0.95);
    expect(value.raw).toHaveLength(3);
  });

  test('a time is the mean with its t interval, and tpot the exact inverse of decode speed', () => {
    const value = valuesOf([9, 10, 11].map((itlMs, index) => scriptedRecord({ itlMs, ttftMs: 49 + index })));
    expect(value('ttft').value).toBeCloseTo(50, 9);
    expect(value('ttft').interval?.high).toBeCloseTo(52.484_138, 5);
    expect(value('ttft').spread).toEqual({ min: 49, median: 50, max: 51, standardDeviation: 1 });
    expect(value('tpot').value).toBeCloseTo(10, 9);
    expect(value('tpot').interval?.low).toBeCloseTo(7.515_862, 5);
    expect(value('tpot').interval?.high).toBeCloseTo(12.484_138, 5);
  });

  test('without any success every value is null and says so', () => {
    const value = valuesOf([scriptedRecord({}, { outcome: refused })]);
    for (const { id } of metricsOf({ kind: 'speed', arrival: null }, []).filter(
      (metric) => metric.id !== 'gpu_memory',
    )) {
      expect(value(id)).toMatchObject({ value: null, n: 0, reason: 'no measured request succeeded' });
    }
  });

  test('agree with naive formulas on any stamps', () => {
    const script = fc.record({
      gaps: fc.array(fc.integer({ min: 1, max: 50_000_000 }), { minLength: 2, maxLength: 40 }),
      sentNs: fc.integer({ min: 0, max: 10 ** 12 }),
      promptTokens: fc.integer({ min: 1, max: 40_000 }),
    });
    fc.assert(
      fc.property(fc.array(script, { minLength: 1, maxLength: 8 }), (scripts) => {
        const records = scripts.map(({ gaps, sentNs, promptTokens }) => {
          let atNs = sentNs;
          const chunkNs = Float64Array.from(gaps, (gap) => (atNs += gap));
          const fields = { sentNs, chunkNs, promptTokens, outputTokens: gaps.length };
          return scriptedRecord({}, { ...fields, chunkTokens: new Uint32Array(gaps.length).fill(1) });
        });
        const sum = (of: (one: (typeof scripts)[number]) => number): number =>
          scripts.reduce((all, one) => all + of(one), 0);
        const whole = ({ gaps }: (typeof scripts)[number]): number => gaps.reduce((all, gap) => all + gap, 0);
        const value = valuesOf(records);
        const near = (id: string, expected: number): void => {
          expect(Math.abs((value(id).value ?? NaN) / expected - 1)).toBeLessThan(1e-9);
        };
        near('ttft', sum(({ gaps }) => gaps[0] ?? 0) / scripts.length / 1e6);
        near('latency', sum(whole) / scripts.length / 1e6);
        near(
          'decode_speed',
          (1e9 * sum(({ gaps }) => gaps.length - 1)) / sum((one) => whole(one) - (one.gaps[0] ?? 0)),
        );
        near('generated_speed', (1e9 * sum(({ gaps }) => gaps.length)) / sum(whole));
        near('total_speed', (1e9 * sum(({ gaps, promptTokens }) => gaps.length + promptTokens)) / sum(whole));
        near('prefill_speed', (1e9 * sum(({ promptTokens }) => promptTokens)) / sum(({ gaps }) => gaps[0] ?? 0));
      }),
      { seed: 21, numRuns: 200 },
    );
  });
});

function reasonFor(facts: typeof engine): string | null {
  const value = valuesOf([scriptedRecord()], facts)('gpu_memory');
  expect(value.value).toBeNull();
  return value.reason;
}

describe('GPU memory', () => {
  const figure = { kind: 'process', bytes: 3 * 2 ** 30, method: 'NVML', reason: null } as const;

  test('is that of the process, else of the device, in GiB', () => {
    const device = { ...figure, kind: 'device', bytes: 5 * 2 ** 30, method: 'difference' } as const;
    const both = valuesOf([scriptedRecord()], { ...engine, memory: [device, figure] });
    expect(both('gpu_memory')).toMatchObject({
      value: 3,
      unit: 'GiB',
      method: 'its processes on the device: NVML',
      n: 1,
    });
    const hidden = { ...figure, bytes: null, reason: 'hidden' } as const;
    const one = valuesOf([scriptedRecord()], { ...engine, memory: [hidden, device] });
    expect(one('gpu_memory')).toMatchObject({ value: 5, method: 'the device: difference' });
  });

  test('is null with its reason where nobody tells, and never 0', () => {
    expect(reasonFor(engine)).toBe('a served API does not tell its memory');
    expect(reasonFor({ ...engine, url: null, device: 'CPU, 2 threads' })).toMatch(/computes on the CPU/);
    expect(reasonFor({ ...engine, url: null })).toMatch(/does not tell its GPU memory/);
    expect(reasonFor({ ...engine, memory: [{ ...figure, bytes: null, reason: 'no driver' }] })).toBe('no driver');
  });
});
