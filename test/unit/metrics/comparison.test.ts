import { describe, expect, test } from 'vitest';

import type { Comparison } from '../../../src/contract/comparison.ts';
import type { EngineFacts } from '../../../src/contract/engine.ts';
import type { RequestRecord } from '../../../src/contract/record.ts';
import type { Summary } from '../../../src/contract/summary.ts';
import { compareSummaries } from '../../../src/metrics/comparison/compare-summaries.ts';
import { parseAllowed } from '../../../src/metrics/comparison/fingerprint.ts';
import { poolRuns } from '../../../src/metrics/comparison/pool-runs.ts';
import { checkGates, parseGate } from '../../../src/metrics/comparison/gate.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import { renderComparison } from '../../../src/report/comparison/render-comparison.ts';
import { displayWidth } from '../../../src/report/table/text-layout.ts';
import { engine, runOf, scriptedRecord } from './scripted-run.ts';

const told = (block: string) => ({ settings: { block_size: block }, flags: 'partly known' as const });

const started = (port: number, loadMs: number) => ({
  settings: { command: `vllm --port ${port} --dtype auto`, loadMs, probeMs: loadMs },
  packages: { torch: `2.${port}` },
});

const known: EngineFacts = { ...engine, weights: 'real', dtype: 'float16', settings: { threads: 2 } };

/** A run whose gaps between tokens are these, in ms: one list for each start. */
function run(starts: readonly (readonly number[])[], parts: Partial<EngineFacts> = {}): Summary {
  const records = starts.flatMap((gaps, start) =>
    gaps.map((itlMs, place): RequestRecord =>
      scriptedRecord({ itlMs }, { execution: start + 1, repetition: place + 1 }),
    ),
  );
  return summarize(runOf(records, { engine: { ...known, ...parts } }));
}

const steady = [
  [10, 10.05, 9.95],
  [10.02, 10.07, 9.97],
  [9.98, 10.03, 9.93],
];
const slowed = steady.map((gaps) => gaps.map((gap) => gap * 1.05));

const valueOf = (comparison: Comparison, id: string) => {
  const value = comparison.cells[0]?.values.find((one) => one.id === id);
  if (value === undefined) throw new Error(`no ${id}`);
  return value;
};

describe('verdicts', () => {
  test('slower and faster over three starts a side, with ratio and interval', () => {
    const comparison = compareSummaries(run(steady), run(slowed));
    const decode = valueOf(comparison, 'decode_speed');
    expect(decode.verdict).toBe('slower');
    expect(decode.ratio).toBeCloseTo(1 / 1.05, 3);
    expect(decode.interval?.low).toBeLessThan(1 / 1.05);
    expect(decode.interval?.high).toBeLessThan(1);
    expect(decode.interval?.covers).toBe('executions');
    expect(valueOf(comparison, 'tpot').verdict).toBe('slower');
    expect(valueOf(compareSummaries(run(slowed), run(steady)), 'decode_speed').verdict).toBe('faster');
    // The first token took the same time in all of them.
    expect(valueOf(comparison, 'ttft')).toMatchObject({ verdict: 'no evidence', ratio: 1 });
    expect(comparison.unproved).toEqual([]);
  });

  test('with one start on a side nothing is faster or slower', () => {
    const decode = valueOf(compareSummaries(run(steady), run([slowed.flat()])), 'decode_speed');
    expect(decode).toMatchObject({ verdict: 'differs within these starts', candidate: { executions: 1, n: 9 } });
  });

  test('a change below 1 % is none, however sure it is', () => {
    const decode = valueOf(
      compareSummaries(run(steady), run(steady.map((gaps) => gaps.map((gap) => gap * 1.008)))),
      'decode_speed',
    );
    expect(decode.pValue).toBeLessThan(0.06);
    expect(decode.verdict).toBe('no evidence');
  });

  test('one value a side has no interval, and says so', () => {
    const decode = valueOf(compareSummaries(run([[10]]), run([[20]])), 'decode_speed');
    expect(decode).toMatchObject({
      verdict: 'no evidence',
      interval: null,
      reason: expect.stringContaining('one value'),
    });
  });
});

describe('fingerprints', () => {
  test.each([
    [{ weights: 'dummy' }, 'weights (real, dummy)'],
    [{ dtype: 'bfloat16' }, 'dtype (float16, bfloat16)'],
    [{ settings: { threads: 4 } }, 'settings (threads 2, threads 4)'],
  ] as const)('%j is named, and nothing is compared', (parts, text) => {
    const comparison = compareSummaries(run(steady), run(slowed, parts));
    expect(valueOf(comparison, 'decode_speed')).toMatchObject({
      verdict: 'not comparable',
      reason: text,
      pValue: null,
    });
  });

  test('what is allowed to differ is told and does not stand in the way', () => {
    const comparison = compareSummaries(run(steady), run(slowed, { dtype: 'bfloat16' }), parseAllowed(['dtype']));
    expect(valueOf(comparison, 'decode_speed').verdict).toBe('slower');
    expect(comparison.differences).toContainEqual({
      field: 'dtype',
      base: 'float16',
      candidate: 'bfloat16',
      blocks: false,
    });
    expect(() => parseAllowed(['dtyp'])).toThrow(/dtyp is not known/);
  });

  test('another version of the engine is what people compare: told, no more', () => {
    const comparison = compareSummaries(run(steady, { version: '1' }), run(slowed, { version: '2' }));
    expect(valueOf(comparison, 'decode_speed').verdict).toBe('slower');
    expect(comparison.differences.map(({ field }) => field)).toEqual(['engine']);
  });

  test('a served API proves nothing of its flags', () => {
    const comparison = compareSummaries(run(steady), run(slowed, { weights: 'unknown', dtype: null, settings: {} }));
    expect(comparison.unproved).toEqual(['weights', 'dtype', 'flags of the engine']);
    expect(renderComparison(comparison, 'table')).toMatch(/slower, not\s+.*proved equal/);
  });

  test('a server that tells some of its flags is not proved equal; those that it tells are held against each other', () => {
    const comparison = compareSummaries(run(steady, told('16')), run(slowed, told('32')));
    expect(comparison.unproved).toEqual(['some flags of the server']);
    expect(comparison.differences).toEqual([
      { field: 'settings', base: 'block_size 16', candidate: 'block_size 32', blocks: true },
    ]);
  });

  test('what each start finds out anew is no setting', () => {
    const comparison = compareSummaries(run(steady, started(1, 2)), run(slowed, started(3, 4)));
    expect(comparison.differences).toEqual([
      { field: 'engine', base: 'torch 2.1', candidate: 'torch 2.3', blocks: false },
    ]);
  });

  test('several runs are one side, each with its own start: the values are those of one run with as many', () => {
    const pooled = (runs: readonly (readonly number[])[]): Summary => {
      const [first, ...others] = runs.map((gaps) => run([gaps]));
      if (first === undefined) throw new Error('no run');
      return poolRuns([first, ...others]);
    };
    const decode = valueOf(compareSummaries(pooled(steady), pooled(slowed)), 'decode_speed');
    const once = valueOf(compareSummaries(run(steady), run(slowed)), 'decode_speed');
    expect(decode).toMatchObject({ verdict: 'slower', base: { n: 9, executions: 3 } });
    expect(decode.ratio).toBeCloseTo(once.ratio ?? 0, 9);
    expect(decode.interval?.low).toBeCloseTo(once.interval?.low ?? 0, 9);
    expect(() => poolRuns([run(steady), run(steady, { dtype: 'int4' })])).toThrow(/no runs of one thing: dtype/);
  });

  test('another length is no partner', () => {
    const other = summarize(
      runOf([scriptedRecord()], { engine: known, cells: [{ ...runOf([]).cells[0]!, promptTokens: 7 }] }),
    );
    const comparison = compareSummaries(run(steady), other);
    expect(comparison.cells).toEqual([]);
    expect(comparison.differences.find(({ field }) => field === 'lengths')).toMatchObject({ blocks: true });
    expect(comparison.onlyInCandidate).toEqual(['prompt 7, output 11']);
  });

  test('another definition of a speed is no partner', () => {
    const base = run(steady);
    const renamed: Summary = JSON.parse(
      JSON.stringify(run(slowed)).replaceAll('(G - g1) / (tn - t1), g1 = tokens stamped t1', 'G / t'),
    );
    const decode = valueOf(compareSummaries(base, renamed), 'decode_speed');
    expect(decode).toMatchObject({ verdict: 'not comparable', reason: expect.stringContaining('definition') });
  });
});

describe('gates', () => {
  const comparison = compareSummaries(run(steady), run(slowed));
  const check = (text: string) => checkGates(comparison, [parseGate(text)]).gates[0];

  test.each([
    ['decode_speed < -3%', true, /^decode_speed is -4\.8 % \(95 % interval .*\) at prompt 100, output 11, below -3 %$/],
    ['decode_speed < -6 %', false, /^decode_speed is not below -6 % in one cell$/],
    ['ttft > 40ms', true, /^ttft is 50\.00 ms at prompt 100, output 11, above 40\.00 ms$/],
    ['ttft > 0.06s', false, /not above 60\.00 ms/],
    ['tpot > +3%', true, /tpot is \+5\.0 %/],
    ['gpu_memory > 1GiB', true, /no cell has gpu_memory on both sides/],
  ])('%s: missed %s', (text, missed, said) => {
    expect(check(text)).toMatchObject({ missed, text: expect.stringMatching(said) });
  });

  test('a gate on what is not comparable is missed', () => {
    const other = compareSummaries(run(steady), run(slowed, { dtype: 'int8' }));
    expect(checkGates(other, [parseGate('decode_speed < -3%')]).gates[0]).toMatchObject({ missed: true });
  });

  test.each([
    ['speed < -3%', /no metric "speed"/],
    ['decode_speed', /form METRIC < NUMBER UNIT/],
    ['decode_speed < 3', /a unit is missing/],
    ['ttft > 3GiB', /not measured in GiB/],
    ['ttft = 3ms', /form METRIC/],
  ])('%s is refused', (text, message) => {
    expect(() => parseGate(text)).toThrow(message);
  });

  test('what is refused names the metrics that exist', () => {
    try {
      parseGate('speed < -3%');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'E_USAGE', hint: expect.stringContaining('decode_speed') });
    }
  });
});

describe('what people read', () => {
  const comparison = checkGates(compareSummaries(run(steady), run(slowed, { dtype: 'bfloat16' }), ['dtype']), [
    parseGate('decode_speed < -3%'),
  ]);

  test('the table fits 80 columns and tells values, change, interval and verdict', () => {
    const text = renderComparison(comparison, 'table', 80);
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(80);
    expect(text).toMatch(/decode_speed +\S+ +\S+ +−4\.8 % +−5\.\d to −4\.\d +slower/);
    expect(text).toContain('Benjamini-Hochberg');
    expect(text).not.toMatch(/[^\n]\n?$(?<!\n)/);
  });

  test('Markdown has one line of result, a table, and notes folded away', () => {
    const text = renderComparison(comparison, 'markdown');
    expect(text).toMatch(/^### Speed: 2 slower, 1 no evidence\n/);
    expect(text).toContain('- ❌ `decode_speed < -3%`: decode\\_speed is -4.8 %');
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    expect(new Set(rows.map((row) => row.replaceAll(String.raw`\|`, '').split('|').length))).toEqual(new Set([9]));
    expect(text).toContain('<details>');
  });

  test('JSON is the comparison', () => {
    expect(JSON.parse(renderComparison(comparison, 'json'))).toEqual(JSON.parse(JSON.stringify(comparison)));
  });
});
