import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { summarySchema } from '../../../../src/contract/schema/summary.ts';
import type { Summary } from '../../../../src/contract/summary.ts';
import { compareSummaries } from '../../../../src/metrics/comparison/compare-summaries.ts';
import { summarizeForeign } from '../../../../src/metrics/foreign.ts';
import { readForeign } from '../../../../src/store/import/read-foreign.ts';
import { temporaryFolder } from '../../../support/tokometer.ts';

const results = path.resolve(import.meta.dirname, '../../../fixtures/results');

async function read(...place: string[]): Promise<Summary> {
  const file = path.join(results, ...place);
  const found = await readForeign(file);
  if (found === null) throw new Error(`nothing in ${file}`);
  const summary = summarizeForeign(found, file);
  expect(summarySchema.parse(JSON.parse(JSON.stringify(summary)))).toEqual(summary);
  return summary;
}

const valuesOf = (summary: Summary, row: number) =>
  Object.fromEntries(Object.values(summary.rows[row]?.values ?? {}).map(({ id, value }) => [id, value]));

test('EvalScope: a run with two loads, each with its throughput, times and percentiles', async () => {
  const summary = await read('evalscope', 'load-1');
  expect(summary.model).toBe('reference');
  expect(summary.engine).toMatchObject({
    weights: 'unknown',
    dtype: null,
    url: 'http://127.0.0.1:18431/v1/completions',
  });
  expect(
    summary.rows.map(({ kind, promptTokens, outputTokens, parallel }) => [kind, promptTokens, outputTokens, parallel]),
  ).toEqual([
    ['load', 1, 16, 1],
    ['load', 1, 16, 4],
  ]);
  expect(valuesOf(summary, 0)).toEqual({
    request_throughput: 11.6838,
    output_throughput: 186.941,
    total_throughput: 198.6249,
    ttft: 24.6,
    tpot: 4.04,
    itl: 4.03,
    latency: expect.closeTo(85.2, 9),
  });
  expect(summary.rows[1]?.values['latency']?.percentiles.map(({ percent }) => percent)).toContain(99);
  expect(summary.rows[1]?.values['ttft']?.formula).toContain('EvalScope');
  expect(summary.rows[1]?.values['ttft']).toMatchObject({ n: 20, interval: null });
});

test('EvalScope: a speed benchmark has a row for each length, and generated speed alone', async () => {
  const summary = await read('evalscope', 'speed-1');
  expect(summary.rows.map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens])).toEqual(
    [1, 6144, 14_336, 30_720].map((length) => [length, 16]),
  );
  expect(valuesOf(summary, 1)).toEqual({ generated_speed: 186.94 });
  const one = await read('evalscope', 'speed-1', 'parallel_1_number_1000', 'speed_benchmark.json');
  expect(one.rows.map(({ values }) => values)).toEqual(summary.rows.map(({ values }) => values));
});

test('a folder with one cell twice has two starts of it, and then an interval', async () => {
  const summary = await read('vllm-bench');
  expect(summary.rows).toHaveLength(1);
  expect(summary.rows[0]?.values['ttft']).toMatchObject({
    n: 40,
    executions: [1, 2],
    interval: { covers: 'executions', method: 't on means of 2 starts, times' },
  });
  const tests = await read('llama-bench');
  expect(tests.rows[0]?.values['prefill_speed']?.executions).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
});

test('llama-bench: what it measures is named as it measures it, from all its samples', async () => {
  const summary = await read('llama-bench', 'start-1.json');
  expect(summary.model).toBe('SmolLM2-135M-Instruct.Q4_1.gguf');
  expect(summary.engine).toMatchObject({ weights: 'real', dtype: 'llama 256M Q4_1', version: 'b1 (7e4c0a9)' });
  expect(summary.engine.settings).toMatchObject({ n_threads: 2, n_gpu_layers: 0, type_k: 'f16' });
  expect(summary.rows.map(({ cell, promptTokens, outputTokens }) => [cell, promptTokens, outputTokens])).toEqual([
    ['pp32', 32, 0],
    ['tg16', 0, 16],
  ]);
  const prefill = summary.rows[0]?.values['prefill_speed'];
  // All tokens by all time; the tool itself prints the mean of rates, 35.6.
  expect(prefill?.value).toBeCloseTo((3 * 32) / ((2_394_652_839 + 855_999_418 + 570_723_459) / 1e9), 9);
  expect(prefill).toMatchObject({ n: 3, executions: [1, 1, 1] });
  expect(prefill?.formula).toContain('without');
});

test('llama-bench: JSON lines with depth and prompt + generation', async () => {
  const summary = await read('llama-bench', 'several-tests.jsonl');
  expect(summary.rows.map(({ cell, promptTokens, outputTokens }) => [cell, promptTokens, outputTokens])).toEqual([
    ['pp32', 32, 0],
    ['tg16', 0, 16],
    ['pp32+tg16', 32, 16],
    ['pp32 @ d64', 96, 0],
    ['tg16 @ d64', 64, 16],
    ['pp32+tg16 @ d64', 96, 16],
  ]);
  expect(Object.keys(valuesOf(summary, 5))).toEqual(['total_speed']);
});

test.each([1, 2])('vLLM bench: file %i', async (place) => {
  const summary = await read('vllm-bench', `serve-${place}.json`);
  const [row] = summary.rows;
  expect([row?.promptTokens, row?.outputTokens, row?.parallel]).toEqual([32, 16, 4]);
  expect(Object.keys(valuesOf(summary, 0)).toSorted()).toEqual([
    'itl',
    'latency',
    'output_throughput',
    'request_throughput',
    'total_throughput',
    'tpot',
    'ttft',
  ]);
  expect(row?.values['ttft']?.percentiles.map(({ percent }) => percent)).toEqual([50, 90, 99]);
  expect(summary.engine).toMatchObject({ weights: 'unknown', settings: {} });
});

test('an open loop of either tool is a cell of its rate, matched with that rate alone', async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const readText = async (name: string, value: unknown): Promise<Summary> => {
    const file = path.join(folder.path, name);
    await writeFile(file, JSON.stringify(value));
    return read(path.relative(results, file));
  };
  const serve = { completed: 10, num_prompts: 10, total_input_tokens: 320, total_output_tokens: 160, model_id: 'm' };
  const served = (rate: number) => ({ ...serve, request_throughput: 4.9, request_rate: rate, max_concurrency: null });
  const [five, six] = [await readText('five.json', served(5)), await readText('six.json', served(6))];
  const arrival = { kind: 'poisson', requestsPerSecond: 5 };
  expect(five.rows[0]).toMatchObject({ cell: 'p32-g16-r5', parallel: null, arrival });
  const same = compareSummaries(five, five);
  expect(same.cells[0]).toMatchObject({ name: 'prompt 32, output 16, rate 5/s poisson', parallel: null, arrival });
  const other = compareSummaries(five, six);
  expect(other.cells).toEqual([]);
  expect(other.onlyInCandidate).toEqual(['prompt 32, output 16, rate 6/s poisson']);
  const evalscope = { Concurrency: -1, 'Request Rate (req/s)': 5, 'Avg Input Tokens': 32, 'Avg Output Tokens': 16 };
  const point = await readText('benchmark_summary.json', { ...evalscope, 'Avg TTFT (ms)': 20, 'Success Requests': 10 });
  expect(compareSummaries(five, point).cells[0]?.name).toBe('prompt 32, output 16, rate 5/s poisson');
});

test('the same quantity of two tools is not comparable where it is defined otherwise', async () => {
  const comparison = compareSummaries(await read('evalscope', 'load-1'), await read('evalscope', 'load-2'));
  expect(comparison.unproved).toEqual(['weights', 'dtype', 'flags of the engine']);
  const verdicts = comparison.cells.flatMap(({ values }) => values.map(({ verdict }) => verdict));
  expect(new Set(verdicts)).toEqual(new Set(['no evidence']));
  const other = compareSummaries(await read('llama-bench', 'start-1.json'), await read('evalscope', 'speed-1'));
  expect(other.differences.filter(({ blocks }) => blocks).map(({ field }) => field)).toEqual(['model', 'lengths']);
});

test('a sweep, a rate with a cap, bursts and two tools in one folder are refused by name', async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const bench = { n_prompt: 1, n_gen: 0, avg_ts: 1, samples_ns: [1] };
  const write = (name: string, value: unknown) => writeFile(path.join(folder.path, name), JSON.stringify(value));
  await write('sweep.json', [
    { ...bench, n_threads: 1 },
    { ...bench, n_threads: 2 },
  ]);
  await expect(readForeign(path.join(folder.path, 'sweep.json'))).rejects.toThrow(/several n_threads: 1, 2/);
  const served = { completed: 1, request_throughput: 1, model_id: 'm', max_concurrency: 4 };
  await write('rate.json', { ...served, request_rate: 5 });
  await expect(readForeign(path.join(folder.path, 'rate.json'))).rejects.toThrow(/at 5 requests\/s with at most 4/);
  await write('bursts.json', { ...served, max_concurrency: null, request_rate: 5, burstiness: 0.5 });
  await expect(readForeign(path.join(folder.path, 'bursts.json'))).rejects.toThrow(/in bursts \(burstiness 0.5\)/);
  await mkdir(path.join(folder.path, 'both'));
  await write('both/one.json', [bench]);
  await write('both/other.json', { ...served, request_rate: 'inf' });
  await expect(readForeign(path.join(folder.path, 'both'))).rejects.toThrow(/llama-bench and vLLM bench/);
  await write('else.json', { hello: 'world' });
  expect(await readForeign(path.join(folder.path, 'else.json'))).toBeNull();
});
