import { describe, expect, test } from 'vitest';

import type { EngineFacts } from '../../../src/contract/engine.ts';
import type { CellPlan, RunPlan } from '../../../src/contract/plan.ts';
import type { Summary, SummaryRow } from '../../../src/contract/summary.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import { contextNotes } from '../../../src/report/context-notes.ts';
import { render } from '../../../src/report/render.ts';
import * as scripted from './scripted-run.ts';

const vllm: EngineFacts = {
  ...scripted.engine,
  name: 'vLLM',
  version: '0.6.3',
  device: 'NVIDIA A100-SXM4-80GB',
  gpuCount: 1,
  weights: 'real',
  dtype: 'bfloat16',
};

interface Parts {
  readonly model?: string;
  readonly engine?: Partial<EngineFacts>;
  readonly cell?: Partial<CellPlan>;
  readonly peaks?: Partial<RunPlan['peaks']>;
  readonly itlMs?: readonly number[];
  readonly plan?: Partial<RunPlan>;
}

// Three requests of 6,144 prompt and 2,048 generated tokens: TTFT 550 ms, then a token each 12 ms or as told.
function summaryOf(parts: Parts = {}): Summary {
  const cell: CellPlan = { ...scripted.cell, id: 'p6144', promptTokens: 6144, outputTokens: 2048, ...parts.cell };
  const tokens = cell.outputTokens;
  const records = (parts.itlMs ?? [12, 12, 12]).map((itlMs) =>
    scripted.scriptedRecord(
      { ttftMs: 550, itlMs, tokens },
      { cell: 'p6144', requestedPromptTokens: cell.promptTokens, promptTokens: cell.promptTokens },
    ),
  );
  const model = parts.model ?? 'Qwen/Qwen2.5-7B-Instruct';
  const peaks = { ...scripted.plan.peaks, ...parts.peaks };
  const plan = { ...scripted.plan, cells: [cell], model, peaks, ...parts.plan };
  return summarize(scripted.runOf(records, { cells: [cell], plan, engine: { ...vllm, ...parts.engine } }));
}

function rowOf(parts: Parts = {}): SummaryRow {
  const [row] = summaryOf(parts).rows;
  if (row === undefined) throw new Error('one row');
  return row;
}

describe('published figures', () => {
  test('the figure of the same model, framework and length, under its own definition of speed', () => {
    const [figure, ...others] = rowOf().published;
    expect(others).toEqual([]);
    expect(figure?.published).toMatchObject({ id: 'generated_speed', value: 80.7, formula: 'G / (tn - t0)', n: 1 });
    // 2,048 tokens in 550 ms + 2,047 x 12 ms.
    const measured = 2048 / (0.55 + 2047 * 0.012);
    expect(figure?.ratio.value).toBeCloseTo(measured / 80.7, 9);
    expect(figure?.ratio.n).toBe(3);
    expect(figure?.differences).toEqual([]);
  });

  test('Qwen3 counts the prompt too, and so does the ratio', () => {
    const engine = { name: 'SGLang', version: '0.4.6.post1', device: 'NVIDIA H20' };
    const row = rowOf({ model: '/models/Qwen3-8B', engine });
    const [figure] = row.published;
    expect(figure?.published).toMatchObject({ id: 'total_speed', value: 296.25, formula: '(P + G) / (tn - t0)' });
    expect(figure?.ratio.value).toBeCloseTo(8192 / (0.55 + 2047 * 0.012) / 296.25, 9);
    expect(figure?.differences).toEqual([]);
  });

  test('the ratio has the interval of what was measured', () => {
    const row = rowOf({ itlMs: [11, 12, 13] });
    const interval = row.values['generated_speed']?.interval;
    expect(row.published[0]?.ratio.interval?.low).toBeCloseTo((interval?.low ?? 0) / 80.7, 9);
  });

  test('what differs is named: hardware, version, number of devices, quantisation, dummy weights', () => {
    const engine = {
      version: '0.32.0',
      device: '2 x NVIDIA H200',
      gpuCount: 2,
      weights: 'dummy',
      dtype: 'float16',
    } as const;
    expect(rowOf({ engine }).published[0]?.differences).toEqual([
      'dummy weights here',
      '2 x NVIDIA H200 here, NVIDIA A100 80GB there',
      '2 GPUs here, 1 there',
      'vLLM 0.32.0 here, 0.6.3 there',
      'f16 weights here, BF16 there',
    ]);
    const unknown = rowOf({ engine: { device: null, gpuCount: null, version: null } });
    expect(unknown.published[0]?.differences).toEqual([
      'hardware unknown here, NVIDIA A100 80GB there',
      'vLLM unknown here, 0.6.3 there',
    ]);
    const smaller = rowOf({ engine: { device: 'NVIDIA A100-SXM4-40GB' } });
    expect(smaller.published[0]?.differences).toEqual(['NVIDIA A100-SXM4-40GB here, NVIDIA A100 80GB there']);
  });

  test('a quantised checkpoint is compared with its like', () => {
    const row = rowOf({ model: 'Qwen/Qwen2.5-7B-Instruct-AWQ' });
    expect(row.published.map((one) => [one.quantization, one.published.value])).toEqual([['AWQ', 137.64]]);
  });

  test.each([
    ['another model', { model: 'Qwen/Qwen2.5-7B' }],
    ['another framework', { engine: { name: 'llama-server' } }],
    ['another prompt length', { cell: { promptTokens: 6145 } }],
    ['another generated length', { cell: { outputTokens: 1024 } }],
  ])('%s has none', (_, parts) => {
    expect(rowOf(parts).published).toEqual([]);
  });
});

describe('roofline', () => {
  const weights = 2 * (7_615_616_512 - 152_064 * 3584);
  const bytes = weights + 57_344 * (6144 + 1024);

  test('decode: bytes a token x decode speed / the vendor peak of the named device', () => {
    const { values } = rowOf();
    expect(values['decode_bytes']).toMatchObject({ unit: 'GB', n: 3 });
    expect(values['decode_bytes']?.value).toBeCloseTo(bytes / 1e9, 9);
    expect(values['decode_bandwidth']?.value).toBeCloseTo(bytes / 1e9 / 0.012, 6);
    expect(values['bandwidth_use']?.value).toBeCloseTo((100 * bytes) / 0.012 / 2039e9, 6);
    expect(values['bandwidth_use']?.method).toBe(
      'share of the peak of 2039 GB/s (vendor peak of NVIDIA A100-SXM4-80GB)',
    );
  });

  test('prefill: operations of the shape / TTFT / the vendor peak', () => {
    const { values } = rowOf();
    const operations =
      2 * (7_615_616_512 - 2 * 152_064 * 3584) * 6144 + 2 * 152_064 * 3584 + 2 * 28 * 28 * 128 * 6144 * 6145;
    expect(values['prefill_compute']?.value).toBeCloseTo(operations / 0.55 / 1e12, 6);
    expect(values['compute_use']?.value).toBeCloseTo((100 * operations) / 0.55 / 312e12, 6);
  });

  test('devices that work together add up; those that take turns do not', () => {
    const engine = { device: '2 x NVIDIA H200', gpuCount: 2 };
    expect(rowOf({ engine: { ...engine, settings: { tensorParallel: 2 } } }).values['bandwidth_use']?.method).toContain(
      '9600 GB/s (vendor peak of 2 x NVIDIA H200)',
    );
    expect(rowOf({ engine }).values['bandwidth_use']?.method).toContain('4800 GB/s');
  });

  test('peaks can be given where none is known', () => {
    const peaks = { bandwidthBytesPerSecond: 4e12, operationsPerSecond: 5e14 };
    const engine = { device: null, gpuCount: null };
    const { values } = rowOf({ engine, peaks });
    expect(values['bandwidth_use']?.value).toBeCloseTo((100 * bytes) / 0.012 / 4e12, 6);
    expect(values['bandwidth_use']?.method).toContain('--peak-bandwidth');
    expect(values['compute_use']?.method).toContain('500 TFLOP/s (--peak-tflops)');
  });

  const reference: RunPlan['engine'] = {
    api: 'reference',
    timing: { ttftMs: 1, itlMs: 1, jitterMs: 0, prefillTokensPerSecond: null, tokensPerChunk: 1, seed: 1 },
  };
  test.each([
    [
      'a CPU',
      { engine: { device: 'Example CPU, 2 thread(s)', gpuCount: 0 } },
      'no peak is known of a CPU; --peak-bandwidth gives one',
    ],
    [
      'no device',
      { engine: { device: null, gpuCount: null } },
      'the device that computes is not known; --peak-bandwidth gives its peak',
    ],
    [
      'a part of a device',
      { engine: { device: 'NVIDIA H200 MIG 1g.18gb' } },
      'no peak is known of NVIDIA H200 MIG 1g.18gb; --peak-bandwidth gives one',
    ],
    ['an unknown shape', { model: 'some/Model-7B' }, 'the shape of Model-7B is not in the catalogue'],
    [
      'an unknown format',
      { model: 'Qwen2.5-7B-Instruct-Q4_K_M.gguf' },
      'how many bytes weights of Q4_K_M take is not known',
    ],
    [
      'quantisation by the engine',
      { engine: { dtype: 'bfloat16, bitsandbytes 4 bits' } },
      'how many bytes weights of bitsandbytes 4 bits take is not known',
    ],
    [
      'a server of unknown files',
      { engine: { name: 'llama-server', dtype: null } },
      'how the server stores its weights is not known',
    ],
    ['no model at all', { plan: { engine: reference } }, 'the reference engine computes no model'],
  ])('%s has no share, and a reason', (_, parts: Parts, reason) => {
    expect(rowOf(parts).values['bandwidth_use']).toMatchObject({ value: null, reason, n: 0 });
  });

  test('a prompt of one token has no prefill to speak of', () => {
    expect(rowOf({ cell: { promptTokens: 1 } }).values['compute_use']?.reason).toBe(
      'a prompt of one token is a decode step',
    );
  });

  test('8-bit weights are not held against a peak of 16-bit operations', () => {
    const { values } = rowOf({ model: 'Qwen/Qwen3-8B-FP8' });
    expect(values['bandwidth_use']?.value).toBeGreaterThan(0);
    expect(values['compute_use']?.reason).toBe(
      'only peaks of 16-bit operations are known, and FP8 weights are multiplied in 8 bits',
    );
  });

  test('more than all of the bandwidth is advice; less is none', () => {
    const above = summaryOf({ itlMs: [6, 6, 6] }).advice.find((one) => one.id === 'above-peak');
    expect(above?.text).toMatch(/^Memory bandwidth used by decode would be 1\d\d % .*6144 prompt tokens/);
    expect(above?.rows).toEqual(['p6144']);
    expect(summaryOf().advice.map((one) => one.id)).not.toContain('above-peak');
  });
});

describe('in the report', () => {
  test('the table tells both below it, in 80 columns', () => {
    const text = render(summaryOf({ engine: { weights: 'dummy' } }), 'table', { width: 80 });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).toMatch(/\nPublished +80\.70 tokens\/s, row by row/);
    expect(text.replaceAll(/\s+/g, ' ')).toContain('What differs: dummy weights here.');
    expect(text).toMatch(/\nRoofline +decode uses 59\.5 %/);
  });

  test('without a peak the traffic is told, and without a shape nothing', () => {
    const ofCpu = contextNotes([rowOf({ engine: { gpuCount: 0, device: 'CPU' } })]);
    expect(ofCpu.find((note) => note.label === 'Roofline')?.text).toMatch(
      /^decode reads 121\d GB\/s.*no peak is known of a CPU/,
    );
    expect(contextNotes([rowOf({ model: 'm' })])).toEqual([]);
  });

  test('the page has a table of published figures, and none where there are none', () => {
    const page = render(summaryOf(), 'html');
    expect(page).toContain('<h2>Beside published figures</h2>');
    expect(page).toContain('vLLM 0.6.3, NVIDIA A100 80GB, BF16');
    expect(render(summaryOf({ model: 'm' }), 'html')).not.toContain('<h2>Beside published figures');
  });
});
