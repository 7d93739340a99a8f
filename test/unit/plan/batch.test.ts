import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { TokometerError } from '../../../src/base/errors.ts';
import { planBatch, type PlannedBatch } from '../../../src/plan/batch.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tokometer-batch-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function batchOf(content: string, context: Parameters<typeof planBatch>[1] = {}): Promise<PlannedBatch> {
  const file = path.join(folder, 'speed.yaml');
  await writeFile(file, content);
  return planBatch(file, context);
}

async function problemOf(content: string): Promise<string> {
  try {
    await batchOf(content);
  } catch (error) {
    if (error instanceof TokometerError) return `${error.exitCode} ${error.message} ${error.hint ?? ''}`;
    throw error;
  }
  return 'no problem';
}

const pointsOf = (batch: PlannedBatch): unknown[] =>
  batch.entries.map(({ plan }) => [plan.model, plan.cells.map((cell) => cell.promptTokens)]);
const digestsOf = (batch: PlannedBatch): string[] => batch.entries.map(({ digest }) => digest);

describe('what runs', () => {
  test('a matrix is every combination, the first option slowest, over the defaults', async () => {
    const batch = await batchOf(`
defaults: {max_tokens: 7, repetitions: 2}
matrix:
  model: [org/a, org/b]
  prompt-lengths: [[1, 6144], [14336]]
`);
    expect(pointsOf(batch)).toEqual([
      ['org/a', [1, 6144]],
      ['org/a', [14336]],
      ['org/b', [1, 6144]],
      ['org/b', [14336]],
    ]);
    expect(
      new Set(batch.entries.map(({ plan }) => [plan.cells[0]?.outputTokens, plan.traffic.repetitions].join())),
    ).toEqual(new Set(['7,2']));
  });

  test('matrices and runs stand in the order of the file, and a run wins over the defaults', async () => {
    const batch = await batchOf(`
runs: [{model: x, max-tokens: 3}]
matrix: [{model: [a]}, {model: [b, c]}]
defaults: {max-tokens: 9, prompt-lengths: [5]}
`);
    expect(pointsOf(batch)).toEqual([
      ['x', [5]],
      ['a', [5]],
      ['b', [5]],
      ['c', [5]],
    ]);
    expect(batch.entries.map(({ plan }) => plan.cells[0]?.outputTokens)).toEqual([3, 9, 9, 9]);
  });

  test('JSON is read as well, and every run lies in a folder of its own below the batch', async () => {
    const batch = await batchOf(
      '{"name": "night: a/b", "runs": [{"model": "org/a.b"}, {"model": "c", "name": "mine"}]}',
      {
        outputs: 'results',
      },
    );
    expect(batch.name).toBe('night: a/b');
    expect(batch.directory).toBe(path.join('results', 'batch', 'night_ a_b'));
    for (const { id, plan } of batch.entries) {
      expect([plan.name, plan.output.directory, plan.output.timestamp]).toEqual([id, batch.directory, true]);
    }
    expect(batch.entries.map(({ id }) => id)).toEqual([
      expect.stringMatching(/^a\.b-openai-[0-9a-f]{10}$/),
      expect.stringMatching(/^mine-openai-[0-9a-f]{10}$/),
    ]);
  });

  test('without a name the batch has that of its file; the API key may come from the environment', async () => {
    const batch = await batchOf('runs: [{model: a}]', { environment: { TOKOMETER_API_KEY: 'sk' } });
    expect(batch.name).toBe('speed');
    expect(batch.entries[0]?.plan.engine).toMatchObject({ apiKey: 'sk' });
  });
});

describe('the digest', () => {
  test('is the same however the run is written, whatever is waited for and wherever it goes', async () => {
    const plain = await batchOf('runs: [{model: a, max-tokens: 2048, prompt-lengths: [1, 2]}]');
    const other = await batchOf(
      'defaults: {prompt_lengths: "1 2", read-timeout: 5m, log-every-n-query: 1, api-key: x}\nruns: [{model: a}]',
      { outputs: 'elsewhere', debug: true },
    );
    expect(digestsOf(other)).toEqual(digestsOf(plain));
  });

  test.each(['max-tokens: 9', 'seed: 7', 'repetitions: 5', 'url: http://h:1', 'name: again', 'min-tokens: 1'])(
    'is another with %s',
    async (option) => {
      const plain = await batchOf('runs: [{model: a}]');
      const other = await batchOf(`runs: [{model: a, ${option}}]`);
      expect(digestsOf(other)).not.toEqual(digestsOf(plain));
    },
  );
});

describe('what is refused', () => {
  test.each([
    ['model: [', /^2 the batch file .*speed\.yaml is neither YAML nor JSON/],
    ['- a', /holds no batch/],
    ['name: x', /speed\.yaml has neither a matrix nor runs/],
    ['matrx: {model: [a]}\nruns: [{model: a}]', /"matrx" is not known did you mean matrix\?/],
    ['max-tokens: 3\nruns: [{model: a}]', /"max-tokens" is not known a batch file has/],
    ['name: [a]\nruns: [{model: a}]', /name needs a text, got \["a"\]/],
    ['defaults: [1]\nruns: [{model: a}]', /defaults needs options, got \[1\]/],
    ['matrix: {model: []}', /matrix: model needs a list of values, got an empty list such as "model: \[a, b\]"/],
    ['matrix: {model: a}', /matrix: model needs a list of values, got "a"/],
    ['matrix:', /matrix needs options with a list each/],
    ['matrix: []', /matrix is an empty list/],
    ['matrix: [{model: [a]}, {}]', /matrix 2 needs options with a list each/],
    ['runs: []', /runs needs a list of runs, got an empty list/],
    ['runs: [{model: a}, b]', /runs 2 needs options, got "b"/],
    [
      'runs: [{model: a}, {model: b, max-tokns: 7}]',
      /speed\.yaml, run 2: "max-tokns" is not known did you mean max-tokens\?/,
    ],
    ['runs: [{model: a, max-tokens: many}]', /run 1: max-tokens needs an integer of at least 1, got "many"/],
    ['runs: [{model: a, duration: 3}]', /run 1: "duration" is a flag of EvalScope/],
    ['runs: [{model: a}, {model: b}, {model: a}]', /run 3: the same as run 1 leave it out, or give it a name/],
    [
      'runs: [{model: a, outputs-dir: x}]',
      /run 1: "outputs-dir" is no option of a single run give it on the command line/,
    ],
    ['runs: [{model: a, config: x.yaml}]', /"config" is no option of a single run write its options under defaults/],
    [
      `matrix: {${['a', 'b', 'c', 'd', 'e'].map((key) => `${key}: [1,2,3,4,5,6,7]`).join(', ')}}`,
      /more than 10000 runs/,
    ],
  ])('%j', async (content, reason) => {
    expect(await problemOf(content)).toMatch(reason);
  });

  test('a file that is not there', async () => {
    await expect(planBatch(path.join(folder, 'absent.yaml'))).rejects.toThrow(
      /batch file .*absent\.yaml can't be read/,
    );
  });

  test('all problems of all runs are told at once; one that several runs share is told once', async () => {
    const told = await problemOf(`
nam: x
defaults: {sead: 3}
runs:
  - {model: a, max-tokens: 0}
  - {max-tokens: 8, min-tokens: 9}
  - {model: c, max-tokens: 0}
`);
    expect(told).toMatch(/^2 5 problems:/);
    expect(told).toMatch(/"nam" is not known \(did you mean name\?\)/);
    expect(told).toMatch(/every run: "sead" is not known \(did you mean seed\?\)/);
    expect(told).toMatch(/run 1, 3: max-tokens needs an integer of at least 1, got 0/);
    expect(told).toMatch(/run 2: --model is missing/);
    expect(told).toMatch(/run 2: --min-tokens 9 is above --max-tokens 8/);
  });
});
