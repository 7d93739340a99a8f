import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { onlyRun, readSummary, temporaryFolder, tokometer } from '../support/tokometer.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const [name, itlMs] of [
    ['quick', '2'],
    ['slow', '6'],
  ] as const) {
    const engine = ['--api', 'reference', '--ttft-ms', '3', '--itl-ms', itlMs, '--name', name];
    const outputs = ['--outputs-dir', path.join(folder.path, 'outputs', name)];
    const ended = await tokometer([
      'perf',
      ...engine,
      '--quiet',
      '--prompt-lengths',
      '1',
      '8',
      '--max-tokens',
      '12',
      ...outputs,
    ]);
    if (ended.code !== 0) throw new Error(ended.stderr);
  }
});
afterAll(() => folder.remove());

const query = (...words: string[]) => tokometer(['query', ...words], { COLUMNS: '100' });
const outputs = (): string => path.join(folder.path, 'outputs');

test('a folder stands for all runs below it, and the tables join', async () => {
  const sql = `select name, planned_prompt_tokens as prompt, count(*) as n, avg(decode_speed_tokens_per_s) as speed,
    min(started_at) < now()::timestamp as past
    from requests join runs using (run) where phase = 'measured' group by all order by name, prompt`;
  const ended = await query(outputs(), sql, '--format', 'json');
  expect([ended.stderr, ended.code]).toEqual(['', 0]);
  const expected = [];
  for (const name of ['quick', 'slow']) {
    const file = path.join(await onlyRun(path.join(outputs(), name)), 'summary.json');
    for (const row of readSummary(await readFile(file, 'utf8')).rows) {
      const speeds = row.requests.flatMap((one) => (one.phase === 'measured' ? [one.decodeSpeed ?? NaN] : []));
      const speed = expect.closeTo((speeds[0] ?? NaN) / 3 + (speeds[1] ?? NaN) / 3 + (speeds[2] ?? NaN) / 3, 6);
      expected.push({ name, prompt: row.promptTokens, n: 3, speed, past: true });
    }
  }
  expect(expected).toHaveLength(4);
  expect(JSON.parse(ended.stdout)).toEqual(expected);
});

test('a run that is named twice counts once; metrics have their units', async () => {
  const run = await onlyRun(path.join(outputs(), 'quick'));
  const sql = "select metric, unit, n from metrics where cell = (select min(cell) from rows) and metric in ('ttft')";
  const ended = await query(run, `${run}/`, outputs(), sql, '--format', 'csv');
  expect(ended.stdout).toBe('metric,unit,n\nttft,ms,3\nttft,ms,3\n');
});

test('a table fits the terminal, and --output keeps it', async () => {
  const ended = await query(outputs(), 'select run, name, valid from rows join runs using (run) order by run limit 1');
  expect(ended.stdout).toMatch(/│ run +│ name +│ valid │/);
  expect(ended.stdout).toMatch(/│ quick │ true {2}│\n[^]*\n1 line\n$/);
  for (const line of ended.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  const file = path.join(folder.path, 'kept.md');
  expect((await query(outputs(), 'select 1.5 as a, null as b', '--format', 'markdown', '-o', file)).stdout).toBe('');
  const kept = await query(outputs(), 'select 1.5 as a, null as b', '--format', 'markdown');
  expect(kept.stdout).toBe('| a | b |\n| ---: | ---: |\n| 1.5 |  |\n');
});

test.each([
  ['selec 1', /^error {2}E_USAGE DuckDB: Parser Error: syntax error at or near "selec"/],
  ['select nothing from rows', /DuckDB: Binder Error: Referenced column "nothing" not found/],
  ['select 1; select 2', /takes one SQL statement, got 2/],
  ["select * from read_csv('/etc/passwd')", /file system operations are disabled/],
  ["copy rows to 'stolen.csv'", /file system operations are disabled/],
  ["attach 'other.db'", /file system operations are disabled/],
  ['set enable_external_access = true', /configuration has been locked/],
])('%s: one message, exit 2', async (sql, message) => {
  const ended = await query(outputs(), sql);
  expect([ended.code, ended.stdout]).toEqual([2, '']);
  expect(ended.stderr).toMatch(message);
  expect(ended.stderr).toMatch(/\nhint /);
});

test('what can’t be read is said: no run, a run that never began, no statement', async () => {
  expect((await query(path.join(folder.path, 'nowhere'), 'select 1')).stderr).toMatch(/there is no such folder/);
  const empty = path.join(folder.path, 'empty');
  await mkdir(path.join(empty, 'broken'), { recursive: true });
  expect((await query(empty, 'select 1')).stderr).toMatch(/holds no run: there is no plan.json/);
  await writeFile(path.join(empty, 'broken', 'plan.json'), '{}');
  const left = await query(empty, outputs(), 'select count(*) as n from runs', '--format', 'csv');
  expect(left.stdout).toBe('n\n2\n');
  expect(left.stderr).toMatch(/^left out: /);
  expect((await query(path.join(empty, 'broken'), 'select 1')).code).toBe(2);
  await rm(empty, { recursive: true });
  expect((await query(outputs())).stderr).toMatch(/takes runs and one SQL statement/);
});

test('--tables lists them without a run; nothing is left in the folder', async () => {
  const place = path.join(folder.path, 'here');
  await mkdir(place);
  const ended = await tokometer(['query', '--tables'], {}, place);
  expect(ended.stdout).toMatch(/^runs: one line a run\n[^]*\nrequests: [^]* {2}ttft_ms +real +t1 - t0\n/);
  await tokometer(['query', outputs(), 'select count(*) from requests'], {}, place);
  expect(await readdir(place)).toEqual([]);
});
