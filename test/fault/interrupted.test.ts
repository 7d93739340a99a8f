import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, truncate } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { onlyRun, readSummary, type Running, start, temporaryFolder, tokometer } from '../support/tokometer.ts';

let outputs: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  outputs = await temporaryFolder();
});
afterAll(() => outputs.remove());

const slow = (folder: string): string[] => [
  ...'perf --api reference --ttft-ms 20 --itl-ms 10 --max-tokens 40 --prompt-lengths 1 2 3 --repetitions 4'.split(' '),
  '--log-every-n-query',
  '1',
  '--outputs-dir',
  folder,
];

/** Resolves when so many requests have ended and the next one, of 400 ms, is under way. */
async function after(requests: number, running: Running): Promise<void> {
  while (!running.stderrSoFar().includes(`requests   ${requests} of`)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s keeps what was measured, prints the table so far and exits 130',
  async (signal) => {
    const folder = path.join(outputs.path, signal);
    const running = start([...slow(folder), '--json']);
    await after(3, running);
    running.child.kill(signal);
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    const summary = readSummary(ended.stdout);
    expect(summary.state).toBe('partial');
    expect(summary.rows[0]?.counts.measured).toBeGreaterThanOrEqual(2);
    const directory = await onlyRun(folder);
    const records = (await readFile(path.join(directory, 'records.jsonl'), 'utf8')).trim().split('\n');
    expect(records.length).toBeGreaterThanOrEqual(4);
    expect(records.at(-1)).toContain('"failure":"cancelled"');
    expect(await readdir(directory)).toContain('report.html');
  },
);

test('a run that was killed, and whose last record is cut, can be reported', async () => {
  const folder = path.join(outputs.path, 'killed');
  const running = start(slow(folder));
  await after(4, running);
  running.child.kill('SIGKILL');
  await running.ended;
  const directory = await onlyRun(folder);
  const file = path.join(directory, 'records.jsonl');
  const bytes = (await readFile(file)).length;
  await truncate(file, bytes - 10);
  const report = await tokometer(['report', directory]);
  expect(report.code).toBe(0);
  expect(report.stdout).toMatch(/stopped early/);
  expect(report.stdout).toMatch(/Warning .*(cut|last|damaged)/);
  await tokometer(['report', directory, '--write']);
  expect(await readdir(directory)).toEqual(
    expect.arrayContaining(['summary.json', 'report.html', 'speed_benchmark.json']),
  );
});

test('a disk that fills up stops the run with the table so far and exit 3', async (context) => {
  const disk = path.join(outputs.path, 'disk');
  await mkdir(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=52k', 'tmpfs', disk], { stdio: 'pipe' });
  } catch (error) {
    context.skip(`a small file system can't be mounted here: ${String(error).split('\n')[0]}`);
  }
  try {
    const argv = 'perf --api reference --ttft-ms 1 --itl-ms 0 --max-tokens 700 --prompt-lengths 1 --repetitions 40';
    const ended = await tokometer([...argv.split(' '), '--json', '--outputs-dir', disk]);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(/E_DISK_FULL/);
    const summary = readSummary(ended.stdout);
    expect(summary.state).toBe('partial');
    expect(summary.rows[0]?.counts.measured).toBeGreaterThan(0);
    const report = await tokometer(['report', await onlyRun(disk)]);
    expect(report.code).toBe(0);
  } finally {
    execFileSync('umount', [disk]);
  }
});

test('a model file that is missing, no GGUF, or cut short is told before the engine sees it', async () => {
  const perf = (model: string): ReturnType<typeof tokometer> =>
    tokometer(['perf', '--api', 'local_llama', '--model', model, '--outputs-dir', path.join(outputs.path, 'models')]);
  const missing = await perf(path.join(outputs.path, 'nothing.gguf'));
  expect([missing.code, missing.stderr]).toEqual([3, expect.stringMatching(/E_MODEL_FILE .*nothing\.gguf/)]);
  const other = await perf(path.resolve(import.meta.dirname, '../../package.json'));
  expect([other.code, other.stderr]).toEqual([3, expect.stringMatching(/E_MODEL_FILE .*package\.json/)]);
});
