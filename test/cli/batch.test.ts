import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Batch } from '../../src/contract/batch.ts';
import type { Summary } from '../../src/contract/summary.ts';
import { type Ended, type Running, start, temporaryFolder, tokometer } from '../support/tokometer.ts';

let outputs: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  outputs = await temporaryFolder();
});
afterAll(() => outputs.remove());

const examples = path.resolve(import.meta.dirname, '../../examples');

interface Place {
  readonly file: string;
  readonly folder: string;
  readonly directory: string;
  run(argv?: readonly string[]): Promise<Ended>;
}

/** A batch file of its own, and where its results go. */
async function placeFor(name: string, content: string): Promise<Place> {
  const file = path.join(outputs.path, `${name}.yaml`);
  await writeFile(file, content);
  const folder = path.join(outputs.path, name);
  const directory = path.join(folder, 'batch', name);
  const run = (argv: readonly string[] = []): Promise<Ended> =>
    tokometer(['batch', file, '--outputs-dir', folder, ...argv]);
  return { file, folder, directory, run };
}

/** Every file of the runs below a batch, with the time at which it was last written. */
async function filesOf(directory: string): Promise<Map<string, number>> {
  const names = await readdir(directory, { recursive: true });
  const found = new Map<string, number>();
  for (const name of names.filter((one) => one !== 'batch.json')) {
    const facts = await stat(path.join(directory, name));
    if (facts.isFile()) found.set(name, facts.mtimeMs);
  }
  return found;
}

async function summariesOf(directory: string): Promise<Map<string, Summary[]>> {
  const found = new Map<string, Summary[]>();
  for (const name of (await filesOf(directory)).keys()) {
    if (path.basename(name) !== 'summary.json') continue;
    const entry = name.split(path.sep)[0] ?? '';
    const summary: Summary = JSON.parse(await readFile(path.join(directory, name), 'utf8'));
    found.set(entry, [...(found.get(entry) ?? []), summary]);
  }
  return found;
}

async function batchIn(directory: string): Promise<Batch> {
  const batch: Batch = JSON.parse(await readFile(path.join(directory, 'batch.json'), 'utf8'));
  return batch;
}

/** Resolves when a text has been said so often. */
async function after(text: string, running: Running, times = 1): Promise<void> {
  while (running.stderrSoFar().split(text).length <= times && running.child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const three = `
defaults: {api: reference, ttft-ms: 2, itl-ms: 1, max-tokens: 4, repetitions: 1, prompt-lengths: [1, 5]}
matrix: {seed: [1, 2, 3]}
`;
const slow = `
defaults: {api: reference, ttft-ms: 10, itl-ms: 10, max-tokens: 10, repetitions: 3, prompt-lengths: [1]}
matrix: {seed: [1, 2, 3]}
`;

test('every run is measured once, and one table shows them all', async () => {
  const place = await placeFor('once', three);
  const ended = await place.run();
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stderr).toMatch(/0 of 3 done before/);
  expect(ended.stderr).toMatch(/batch 3 of 3 · reference · reference/);
  expect(ended.stdout.match(/│ now +│/g)).toHaveLength(6);
  const { entries, ...batch } = await batchIn(place.directory);
  expect(batch).toEqual({ v: 1, name: 'once' });
  for (const entry of entries) {
    const [run, ...more] = await readdir(path.join(place.directory, entry.directory));
    expect(more).toEqual([]);
    const report = await tokometer(['report', path.join(place.directory, entry.directory, run ?? '')]);
    expect(report.stdout).toMatch(/Speed Benchmark Results/);
  }
  const files = await filesOf(place.directory);

  const again = await place.run(['--json']);
  expect(again.code).toBe(0);
  expect(again.stderr).toMatch(/3 of 3 done before/);
  const summaries: Summary[] = JSON.parse(again.stdout);
  expect(summaries.map((one) => [one.state, one.workload.seed, one.rows.length])).toEqual([
    ['complete', 1, 2],
    ['complete', 2, 2],
    ['complete', 3, 2],
  ]);
  expect(await filesOf(place.directory)).toEqual(files);
});

test('a changed file: what is new is added, what is gone is kept and named, and comes back as done', async () => {
  const place = await placeFor('changed', three);
  await place.run();
  const files = await filesOf(place.directory);
  const [first] = (await batchIn(place.directory)).entries;
  await writeFile(place.file, three.replace('[1, 2, 3]', '[3, 4, 2]'));
  const changed = await place.run();
  expect(changed.code).toBe(0);
  expect(changed.stderr).toMatch(/2 of 3 done before/);
  expect(changed.stderr).toMatch(new RegExp(`no longer asked for: ${first?.id}`));
  const { entries } = await batchIn(place.directory);
  expect(entries.map(({ plan, asked }) => [plan.workload.seed, asked])).toEqual([
    [3, true],
    [4, true],
    [2, true],
    [1, false],
  ]);
  const now = await filesOf(place.directory);
  for (const [name, time] of files) expect([name, now.get(name)]).toEqual([name, time]);
  await writeFile(place.file, three.replace('[1, 2, 3]', '[1, 2, 3, 4]'));
  expect((await place.run()).stderr).toMatch(/4 of 4 done before/);
});

test('Ctrl-C keeps what the run under way has measured, exits 130, and the rest goes on later', async () => {
  const place = await placeFor('stopped', slow);
  const running = start(['batch', place.file, '--outputs-dir', place.folder, '--json']);
  await after('repetition 2 of 3', running, 2);
  running.child.kill('SIGINT');
  const ended = await running.ended;
  expect(ended.code).toBe(130);
  const summaries: Summary[] = JSON.parse(ended.stdout);
  expect(summaries.map(({ state }) => state)).toEqual(['complete', 'partial']);
  expect(ended.stderr).toMatch(/1 measured, 1 stopped, 1 not run/);
  const files = await filesOf(place.directory);
  const resumed = await place.run(['--json']);
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).toMatch(/1 of 3 done before/);
  const now = await filesOf(place.directory);
  for (const [name, time] of files) expect([name, now.get(name)]).toEqual([name, time]);
  const states = [...(await summariesOf(place.directory)).values()].map((all) =>
    all.map(({ state }) => state).toSorted(),
  );
  expect(states.toSorted((one, other) => one.length - other.length)).toEqual([
    ['complete'],
    ['complete'],
    ['complete', 'partial'],
  ]);
});

test('killed again and again, wherever it is, it ends with every run measured exactly once', async () => {
  const place = await placeFor('killed', slow);
  const done = new Map<string, number>();
  const keepDone = async (): Promise<void> => {
    const files = await filesOf(place.directory);
    for (const [name, time] of done) expect([name, files.get(name)]).toEqual([name, time]);
    for (const [name, time] of files) if (path.basename(name) === 'summary.json') done.set(name, time);
  };
  const moments = [
    'done before',
    'batch 1 of 3',
    'repetition 1 of 3',
    'repetition 3 of 3',
    'batch 2 of 3',
    'batch 3 of 3',
  ];
  for (const moment of moments) {
    const running = start(['batch', place.file, '--outputs-dir', place.folder]);
    await after(moment, running);
    running.child.kill('SIGKILL');
    await running.ended;
    await keepDone();
  }
  const ended = await place.run(['--json']);
  expect(ended.code).toBe(0);
  await keepDone();
  const summaries: Summary[] = JSON.parse(ended.stdout);
  expect(summaries.map((one) => one.workload.seed)).toEqual([1, 2, 3]);
  const counts = [...(await summariesOf(place.directory)).values()].map((all) => all.length);
  expect(counts).toEqual([1, 1, 1]);
});

test('Ctrl-C while an engine starts stops it, and nothing counts as measured', async () => {
  const place = await placeFor('starting', "runs: [{engine-command: 'sleep 100 {port}', model: x}, {api: reference}]");
  const running = start(['batch', place.file, '--outputs-dir', place.folder]);
  await after('machine', running);
  await new Promise((resolve) => setTimeout(resolve, 200));
  running.child.kill('SIGINT');
  const ended = await running.ended;
  expect(ended.code).toBe(130);
  expect(ended.stderr).not.toMatch(/E_BUG|error/);
  expect(ended.stdout).toMatch(/no run was measured\nNot run +run 1, 2/);
  expect(await summariesOf(place.directory)).toEqual(new Map());
});

const failing = `
defaults: {max-tokens: 4, repetitions: 1, prompt-lengths: [1]}
runs:
  - {api: openai, model: nobody, url: 'http://127.0.0.1:9/v1/completions', name: no-server}
  - {api: reference, ttft-ms: 1, itl-ms: 0}
`;

test('a run that fails is told, the next goes on, the exit code is its own, and later it is tried again', async () => {
  const place = await placeFor('failing', failing);
  const ended = await place.run();
  expect(ended.code).toBe(4);
  expect(ended.stderr).toMatch(/E_CONNECTION_TEST/);
  expect(ended.stderr).toMatch(/1 measured, 1 failed; the same command goes on/);
  expect(ended.stdout).toMatch(/│ 1 │ no-server .*│ failed: E_CONNECTION_TEST/);
  expect(ended.stdout).toMatch(/Failed +run 1, no-server: E_CONNECTION_TEST[^]* → /);
  expect(ended.stdout).toMatch(/│ 2 │ reference /);
  const again = await place.run(['--quiet']);
  expect(again.code).toBe(4);
  expect(again.stderr).not.toMatch(/done before/);
  expect(again.stdout).toMatch(/│ before +│/);
});

test('--no-keep-going stops at the first that fails', async () => {
  const place = await placeFor('strict', failing);
  const ended = await place.run(['--no-keep-going']);
  expect(ended.code).toBe(4);
  expect(ended.stderr).not.toMatch(/batch 2 of 2/);
  expect(ended.stdout).toMatch(/Not run +run 2/);
});

test('the small example runs', async () => {
  const ended = await tokometer(['batch', path.join(examples, 'small.yaml'), '--outputs-dir', outputs.path]);
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stdout).toMatch(/│ 5 │ long-answer /);
  expect(await readdir(path.join(outputs.path, 'batch', 'small'))).toHaveLength(6);
});

test("Qwen's matrix is planned as its table has it: 144 rows of 28 checkpoints, and nothing is written", async () => {
  const folder = path.join(outputs.path, 'planned');
  const file = path.join(examples, 'qwen2.5-matrix.yaml');
  const ended = await tokometer(['batch', file, '--print-plan', '--outputs-dir', folder]);
  expect(ended.code, ended.stderr).toBe(0);
  const plans: Batch['entries'][number]['plan'][] = JSON.parse(ended.stdout);
  const models = new Set(plans.map(({ model }) => model));
  expect(models.size).toBe(28);
  for (const model of models) expect(model).toMatch(/^Qwen\/Qwen2\.5-[\d.]+B-Instruct(-GPTQ-Int[48]|-AWQ)?$/);
  const rows = plans.flatMap(({ model, cells }) => cells.map((cell) => `${model} ${cell.promptTokens}`));
  expect(rows).toHaveLength(144);
  expect(new Set(rows).size).toBe(144);
  expect(new Set(plans.flatMap(({ cells }) => cells.map((cell) => cell.promptTokens)))).toEqual(
    new Set([1, 6144, 14336, 30720, 63488, 129024]),
  );
  expect(plans.every(({ engine, cells }) => engine.api === 'local_vllm' && cells[0]?.outputTokens === 2048)).toBe(true);
  await expect(readdir(folder)).rejects.toThrow(/ENOENT/);
});

test.each([
  [[], 'x', /tokometer batch takes one batch file, got 0/],
  [['FILE', 'more.yaml'], 'x', /takes one batch file, got 2/],
  [['FILE', '--keep-gong'], three, /--keep-gong is not known\n.*did you mean --keep-going/],
  [['absent.yaml'], 'x', /the batch file absent\.yaml can't be read/],
  [['FILE'], 'runs: [{api: reference, max-tokns: 3}, {seed: x}]', /3 problems:[^]*run 1: "max-tokns"[^]*run 2: seed/],
])('%j is a usage error with exit 2 before anything starts', async (argv, content, message) => {
  const place = await placeFor('usage', content);
  const words = argv.map((word) => (word === 'FILE' ? place.file : word));
  const ended = await tokometer(['batch', ...words, '--outputs-dir', place.folder]);
  expect([ended.code, ended.stdout]).toEqual([2, '']);
  expect(ended.stderr).toMatch(message);
  await expect(readdir(place.folder)).rejects.toThrow(/ENOENT/);
});

test('--help shows the file, the options and examples', async () => {
  const ended = await tokometer(['batch', '--help']);
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  expect(ended.stdout).toMatch(/Usage: tokometer batch <file> \[options\]/);
  for (const text of ['--no-keep-going', '--outputs-dir', '--print-plan', '--json', '--quiet', 'Examples:']) {
    expect(ended.stdout).toContain(text);
  }
});
