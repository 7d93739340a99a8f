import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { TokometerError } from '../../../src/base/errors.ts';
import type { CellPlan, RunPlan } from '../../../src/contract/plan.ts';
import { plan, planFromSources } from '../../../src/plan/plan.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tokometer-plan-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function planOf(flags: Record<string, unknown>): Promise<RunPlan> {
  return (await planFromSources({ flags: { model: 'q', prompt: 'hi', ...flags } })).plan;
}

async function problemOf(flags: Record<string, unknown>): Promise<string> {
  try {
    await planOf(flags);
  } catch (error) {
    if (error instanceof TokometerError) return `${error.exitCode} ${error.message} ${error.hint ?? ''}`;
    throw error;
  }
  return 'no problem';
}

const points = ({ cells }: RunPlan): unknown => cells.map((cell: CellPlan) => [cell.parallel, cell.requests]);

test('one fixed prompt is a cell of a closed loop', async () => {
  const made = await planOf({ 'max-tokens': '128', parallel: '512', number: '2048' });
  expect(made.cells).toEqual([
    {
      id: 'c512-n2048-g128',
      kind: 'load',
      promptTokens: null,
      outputTokens: 128,
      parallel: 512,
      arrival: null,
      requests: 2048,
      warmupRequests: 512,
    },
  ]);
  expect(made.workload).toMatchObject({ dataset: 'prompt', prompt: 'hi', minOutputTokens: null });
  expect(made.traffic).toMatchObject({ repetitions: 1, requests: null, warmups: 1, untilSteady: false });
});

test('lists of equal length are one cell each, one number is for all, and none follows the load', async () => {
  const parallel = ['1', '64', '512'];
  expect(points(await planOf({ parallel, number: ['100', '1000', '2048'] }))).toEqual([
    [1, 100],
    [64, 1000],
    [512, 2048],
  ]);
  expect(points(await planOf({ parallel, number: '600' }))).toEqual([
    [1, 600],
    [64, 600],
    [512, 600],
  ]);
  expect(points(await planOf({ parallel }))).toEqual([
    [1, 100],
    [64, 256],
    [512, 2048],
  ]);
});

test.each([
  ['0', [0, 0], 0],
  ['5', [5, 5], 1],
  ['0.1', [10, 20], 1],
  [undefined, [4, 8], 1],
  ['auto', [4, 8], 5],
])('--warmup-num %s warms up with %j requests', async (given, requests, warmups) => {
  const flags = given === undefined ? {} : { 'warmup-num': given };
  const made = await planOf({ parallel: ['4', '8'], number: ['100', '200'], ...flags });
  expect(made.traffic.warmups).toBe(warmups);
  if (warmups > 0) expect(made.cells.map((cell) => cell.warmupRequests)).toEqual(requests);
});

test.each([
  [
    { parallel: ['1', '2'], number: ['1', '2', '3'] },
    /--parallel has 2 values \(1 2\) and --number 3 values \(1 2 3\)/,
  ],
  [{ parallel: '1', number: ['1', '2'] }, /give one number for each --parallel, or one for all/],
  [{ parallel: ['2', '2'], number: '8' }, /--parallel 2 with --number 8 is there twice --repetitions/],
  [{ 'prompt-lengths': ['1'] }, /--prompt is one text, and --prompt-lengths/],
  [{ 'tokenize-prompt': true }, /--tokenize-prompt: a fixed --prompt is sent as the text/],
  [{ api: 'local' }, /its worker has no tokenizer/],
  [{ api: 'local_llama', parallel: '2' }, /--parallel 2: the embedded llama.cpp answers one request at a time/],
  [{ prompt: '@/no/such/file' }, /--prompt @\/no\/such\/file can't be read: ENOENT/],
  [{ prompt: '' }, /--prompt needs a text/],
])('%j is refused with its reason', async (flags, reason) => {
  expect(await problemOf(flags)).toMatch(reason);
});

test('a speed dataset still takes one request at a time and one number', () => {
  expect(() => plan({ model: 'q', parallel: [1, 2] })).toThrow(/--parallel 1 2: a speed dataset measures the standard/);
  expect(() => plan({ model: 'q', requests: [8, 9] })).toThrow(/--number 8 9: a speed dataset takes one number/);
});

test('a file gives its text as it stands, and must be UTF-8', async () => {
  const file = path.join(folder, 'prompt.txt');
  await writeFile(file, ' one\ntwo \n');
  expect((await planOf({ prompt: `@${file}` })).workload.prompt).toBe(' one\ntwo \n');
  await writeFile(file, Buffer.of(0x68, 0xff));
  expect(await problemOf({ prompt: `@${file}` })).toMatch(/is not UTF-8/);
  await writeFile(file, '');
  expect(await problemOf({ prompt: `@${file}` })).toMatch(/the file is empty/);
});

test.each([
  ['http://h:1/v1/chat/completions', 'http://h:1/v1/chat/completions'],
  ['http://h:1/v1/completions', 'http://h:1/v1/completions'],
  ['http://h:1', 'http://h:1/v1/completions'],
])('a fixed prompt for %s goes to %s', async (url, sentTo) => {
  const { engine } = await planOf({ url });
  expect(engine).toMatchObject({ url: sentTo, urlGiven: url === sentTo ? null : url });
});

test('output is held at its length only when that is asked for', async () => {
  expect((await planOf({ 'max-tokens': '8', 'min-tokens': '8' })).workload.minOutputTokens).toBe(8);
});

test('client threads: a number, or auto', async () => {
  expect((await planOf({})).traffic.clientThreads).toBe('auto');
  expect((await planOf({ 'client-threads': '4' })).traffic.clientThreads).toBe(4);
  expect(plan({ model: 'q', prompt: 'hi', clientThreads: 3 }).traffic.clientThreads).toBe(3);
  expect(await problemOf({ 'client-threads': 'many' })).toContain(
    'needs auto or an integer of at least 1 and at most 64, got "many"',
  );
  expect(await problemOf({ 'client-threads': '65' })).toContain('at most 64');
});

test.each(['local_llama', 'reference'])('client threads have no use for %s', async (api) => {
  expect(await problemOf({ api, 'client-threads': '2' })).toMatch(
    new RegExp(`^2 .*--client-threads 2: client threads send to a server, and --api ${api} answers without one`, 's'),
  );
  expect((await planOf({ api, 'client-threads': '1' })).traffic.clientThreads).toBe(1);
});
