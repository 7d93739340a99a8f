import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { TokometerError } from '../../../src/base/errors.ts';
import { plan, planFromSources } from '../../../src/plan/plan.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tokometer-plan-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function problemOf(flags: Record<string, unknown>): Promise<string> {
  try {
    await planFromSources({ flags });
  } catch (error) {
    if (error instanceof TokometerError) return `${error.exitCode} ${error.message} ${error.hint ?? ''}`;
    throw error;
  }
  return 'no problem';
}

test('the documented command gives the documented cells', async () => {
  const { plan: made } = await planFromSources({
    flags: {
      parallel: '1',
      url: 'http://127.0.0.1:8000/v1/completions',
      model: 'qwen2.5',
      'log-every-n-query': '5',
      'connect-timeout': '6000',
      'read-timeout': '6000',
      'max-tokens': '2048',
      'min-tokens': '2048',
      api: 'openai',
      dataset: 'speed_benchmark',
      debug: true,
    },
  });
  expect(made.cells.map((cell) => [cell.promptTokens, cell.outputTokens])).toEqual([
    [1, 2048],
    [6144, 2048],
    [14336, 2048],
    [30720, 2048],
  ]);
  expect(made.traffic).toEqual({
    repetitions: 3,
    requests: null,
    warmups: 1,
    untilSteady: false,
    precision: null,
    timeBudgetMs: null,
    executions: 1,
    clientThreads: 'auto',
  });
  expect(made.engine).toMatchObject({ connectTimeoutMs: 6_000_000, readTimeoutMs: 6_000_000, urlGiven: null });
  expect(Object.isFrozen(made.cells[0])).toBe(true);
});

test('the long dataset has its two lengths', async () => {
  const { plan: made } = await planFromSources({ flags: { model: 'q', dataset: 'speed_benchmark_long' } });
  expect(made.cells.map((cell) => cell.promptTokens)).toEqual([63488, 129024]);
});

test.each([
  ['http://h:1/v1/chat/completions', 'http://h:1/v1/completions'],
  ['http://h:1', 'http://h:1/v1/completions'],
  ['http://h:1/v1/', 'http://h:1/v1/completions'],
  ['https://h/openai/v1', 'https://h/openai/v1/completions'],
  ['http://h:1/v1/completions', 'http://h:1/v1/completions'],
  ['http://h:30000/generate', 'http://h:30000/generate'],
])('%s is sent to %s', (url, sentTo) => {
  const { engine } = plan({ model: 'q', url });
  expect(engine).toMatchObject({ api: 'openai', url: sentTo, urlGiven: url === sentTo ? null : url });
});

test.each([
  [{ model: 'q', repetitions: '3', number: '8' }, /2 --repetitions 3 and --number 8/],
  [{ model: 'q', number: '2' }, /can't be dealt over 4 prompt lengths/],
  [{ model: 'q', 'max-tokens': 'many' }, /--max-tokens needs an integer of at least 1, got "many"/],
  [{ model: 'q', 'max-tokens': '8', 'min-tokens': '9' }, /--min-tokens 9 is above --max-tokens 8/],
  [{ model: 'q', 'max-tokns': '8' }, /--max-tokns is not known did you mean --max-tokens\?/],
  [
    { model: 'q', rate: '5' },
    /--rate 5: a speed dataset measures the standard speed, one request at a time leave it out/,
  ],
  [{ model: 'q', api: 'dashscope' }, /--api must be one of .* got "dashscope" EvalScope has "dashscope"/],
  [{ model: 'q', parallel: '8' }, /--parallel 8: a speed dataset measures the standard speed/],
  [{ model: 'q', url: 'http://h/v1/embeddings' }, /ends in \/embeddings/],
  [{ model: 'q', url: 'http://h/api/generate' }, /ends in \/generate/],
  [{ model: 'q', api: 'local', 'extra-args': '{"top_k": 1}' }, /--extra-args are fields of a request body/],
  [{ model: 'q', 'engine-command': "server 'open" }, /--engine-command .* has a quote that is never closed/],
  [{ model: 'q', url: 'localhost:8000' }, /must begin with http/],
  [{ model: 'q', 'extra-args': '{bad' }, /--extra-args needs a JSON object/],
  [{ model: 'q', headers: ['nonsense'] }, /--headers needs key=value pairs, got "nonsense"/],
  [{ model: 'q', fit: '1m' }, /--fit/],
  [{}, /--model is missing/],
])('%j is refused with its reason', async (flags, reason) => {
  expect(await problemOf(flags)).toMatch(reason);
});

test('all problems are told at once', async () => {
  const told = await problemOf({ 'max-tokens': '0', seed: 'x', 'log-evry-n-query': '5', rate: '1' });
  expect(told).toMatch(/^2 5 problems:/);
  for (const flag of ['--max-tokens', '--seed', '--log-evry-n-query', '--rate', '--model'])
    expect(told).toContain(flag);
});

test('a config file has the names of the flags, and flags and environment win over it', async () => {
  const file = path.join(folder, 'speed.yaml');
  await writeFile(
    file,
    'model: from-file\nmax_tokens: 7\nprompt-lengths: [1, 5]\nheaders: {x-a: 1}\napi-key: from-file\n',
  );
  const { plan: made } = await planFromSources({
    flags: { config: file, 'max-tokens': '9' },
    environment: { TOKOMETER_API_KEY: 'from-environment' },
  });
  expect(made.model).toBe('from-file');
  expect(made.cells.map((cell) => cell.id)).toEqual(['p1-g9', 'p5-g9']);
  expect(made.engine).toMatchObject({ apiKey: 'from-environment', headers: { 'x-a': '1' } });
});

test('a config file with a wrong key or no YAML is refused', async () => {
  const misspelt = path.join(folder, 'misspelt.yaml');
  await writeFile(misspelt, 'model: q\nmax-tokns: 7\n');
  expect(await problemOf({ config: misspelt })).toMatch(
    /"max-tokns" in the config file is not known did you mean max-tokens/,
  );
  const broken = path.join(folder, 'broken.yaml');
  await writeFile(broken, 'model: [');
  expect(await problemOf({ config: broken })).toMatch(/neither YAML nor JSON/);
  expect(await problemOf({ config: path.join(folder, 'absent.yaml') })).toMatch(/can't be read/);
});

test('the library takes the same options by name, times in milliseconds', () => {
  const made = plan({ model: 'q', maxTokens: 4, promptLengths: [2], readTimeoutMs: 1500, stream: false });
  expect(made.cells).toEqual([
    {
      id: 'p2-g4',
      kind: 'speed',
      promptTokens: 2,
      outputTokens: 4,
      parallel: 1,
      arrival: null,
      requests: 1,
      warmupRequests: 1,
    },
  ]);
  expect(made.engine).toMatchObject({ readTimeoutMs: 1500, stream: false });
});

test('peaks are given in GB/s and TFLOP/s, and planned in bytes and operations a second', async () => {
  const { plan: made } = await planFromSources({
    flags: { model: 'q', 'peak-bandwidth': '51.2', 'peak-tflops': '0.5' },
  });
  expect(made.peaks).toEqual({ bandwidthBytesPerSecond: 51.2e9, operationsPerSecond: 0.5e12 });
  const { plan: without } = await planFromSources({ flags: { model: 'q' } });
  expect(without.peaks).toEqual({ bandwidthBytesPerSecond: null, operationsPerSecond: null });
  expect(await problemOf({ model: 'q', 'peak-bandwidth': '0' })).toMatch(/^2 --peak-bandwidth needs a number above 0/);
});
