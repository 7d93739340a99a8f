import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { onlyRun, readSummary, temporaryFolder, tokometer } from '../support/tokometer.ts';

const root = path.resolve(import.meta.dirname, '../..');

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let speed: string;
let load: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  const script = ['--ttft-ms', '5', '--itl-ms', '2'];
  speed = await measured('speed', [...script, '--prompt-lengths', '1', '64', '--max-tokens', '16']);
  // More requests than a summary lists.
  const many = ['--prompt', 'one two', '--parallel', '8', '64', '--number', '16', '1100', '--max-tokens', '3'];
  load = await measured('load', ['--ttft-ms', '2', '--itl-ms', '1', ...many]);
});
afterAll(() => folder.remove());

async function measured(name: string, argv: readonly string[]): Promise<string> {
  const outputs = path.join(folder.path, name);
  const ended = await tokometer(['perf', '--api', 'reference', '--quiet', '--outputs-dir', outputs, ...argv]);
  if (ended.code !== 0) throw new Error(ended.stderr);
  return onlyRun(outputs);
}

async function exported(name: string, argv: readonly string[]): Promise<string> {
  const file = path.join(folder.path, name);
  const ended = await tokometer(['report', ...argv, '--output', file]);
  expect([ended.stderr, ended.stdout, ended.code]).toEqual(['', '', 0]);
  return file;
}

/** What a Python program prints, as JSON; each word after it is an argument of it. */
async function python(program: string, ...words: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)('python3', ['-c', program, ...words]);
  return JSON.parse(stdout);
}

const readSummaryOf = async (run: string) => readSummary(await readFile(path.join(run, 'summary.json'), 'utf8'));

test("CSV of two runs, read by Python's csv module", async () => {
  const ended = await tokometer(['report', speed, load, '--format', 'csv']);
  expect([ended.stderr, ended.code]).toEqual(['', 0]);
  const file = path.join(folder.path, 'results.csv');
  await writeFile(file, ended.stdout);
  const rows = await python(
    'import csv, json, sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1], newline="")))))',
    file,
  );
  const summaries = [await readSummaryOf(speed), await readSummaryOf(load)];
  const ttfts = summaries.flatMap((summary) => summary.rows.map((row) => String(row.values['ttft']?.value)));
  expect(rows).toMatchObject([
    {
      run: speed,
      kind: 'speed',
      planned_prompt_tokens: '1',
      parallel: '1',
      ttft_ms: ttfts[0],
      valid: 'true',
      itl_ms: '',
    },
    { run: speed, planned_prompt_tokens: '64', n: '3', ttft_ms: ttfts[1], api: 'reference', state: 'complete' },
    { run: load, kind: 'load', planned_prompt_tokens: '', parallel: '8', n: '16', ttft_ms: ttfts[2] },
    { run: load, kind: 'load', parallel: '64', n: '1100', ttft_ms: ttfts[3], generated_speed_tokens_per_s: '' },
  ]);
});

test("JSON lines: a row a line with its run, read by Python's json module", async () => {
  const file = await exported('results.jsonl', [speed, load, '--format', 'jsonl']);
  const lines = await python(
    'import json, sys; print(json.dumps([json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]))',
    file,
  );
  const summary = await readSummaryOf(speed);
  expect(lines).toHaveLength(4);
  expect(lines).toMatchObject([
    { v: 1, run: speed, model: summary.model, engine: { name: summary.engine.name }, row: summary.rows[0] },
    { run: speed, row: summary.rows[1] },
    { run: load },
    { run: load, row: { parallel: 64 } },
  ]);
});

test("SQLite with every request, read by Python's sqlite3 module", async () => {
  const file = await exported('results.sqlite', [speed, load, '--format', 'sqlite']);
  const found = await python(
    `import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
ask = lambda sql: db.execute(sql).fetchall()
print(json.dumps({
  "check": ask("pragma integrity_check"),
  "counts": ask("select (select count(*) from runs), (select count(*) from rows), (select count(*) from requests)"),
  "types": ask("select distinct typeof(ttft_ms), typeof(n), typeof(valid), typeof(run) from rows"),
  "keys": ask("select name from pragma_table_info('metrics') where pk > 0 order by pk"),
  "means": ask("select parallel, count(*), avg(q.ttft_ms) - r.ttft_ms from requests q join rows r using (run, cell) where phase = 'measured' and kind = 'load' group by parallel order by parallel"),
  "units": ask("select distinct unit from metrics where metric = 'ttft'"),
}))`,
    file,
  );
  const records = (await readFile(path.join(load, 'records.jsonl'), 'utf8')).trim().split('\n').length;
  expect(found).toMatchObject({
    check: [['ok']],
    counts: [[2, 4, records + 8]],
    types: [['real', 'integer', 'integer', 'text']],
    keys: [['run'], ['cell'], ['metric']],
    means: [
      [8, 16, expect.closeTo(0, 9)],
      [64, 1100, expect.closeTo(0, 9)],
    ],
    units: [['ms']],
  });
});

test('Parquet of every request, to a file and through a pipe, read by DuckDB', async () => {
  const file = await exported('requests.parquet', [speed, load, '--format', 'parquet']);
  const piped = path.join(folder.path, 'piped.parquet');
  await promisify(execFile)(
    'sh',
    [
      '-c',
      'exec "$0" "$@" > "$PIPED"',
      process.execPath,
      path.join(root, 'dist/bin.js'),
      'report',
      speed,
      load,
      '--format',
      'parquet',
    ],
    { env: { ...process.env, PIPED: piped } },
  );
  expect((await readFile(piped)).equals(await readFile(file))).toBe(true);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const ask = async (sql: string) => (await connection.runAndReadAll(sql, [file])).getRowObjectsJS();
  const [counted] = await ask(
    `select count(*)::int as n, count(distinct run)::int as runs, count(ttft_ms)::int as timed, typeof(any_value(id)) as id
     from read_parquet($1) where phase = 'measured'`,
  );
  expect(counted).toEqual({ n: 1122, runs: 2, timed: 1122, id: 'BIGINT' });
  const [known] = await ask(`select value from parquet_kv_metadata($1) where decode(key) = 'tokometer.runs'`);
  const value = known?.['value'];
  const text = value instanceof Uint8Array ? Buffer.from(value).toString() : '';
  expect(JSON.parse(text)).toMatchObject([{ run: speed, api: 'reference' }, { run: load }]);
});

test('Parquet, read by pandas where there is one', async (context) => {
  const program = 'import pandas, pyarrow, sys, json; print(json.dumps(len(pandas.read_parquet(sys.argv[1]))))';
  const file = await exported('pandas.parquet', [speed, '--format', 'parquet']);
  try {
    expect(await python(program, file)).toBe(8);
  } catch (error) {
    if (String(error).includes('ModuleNotFoundError')) context.skip('python3 has no pandas with pyarrow');
    throw error;
  }
});

test("llama-bench's JSON has its keys, and compare finds the run in it", async () => {
  const file = await exported('llama-bench.json', [speed, '--format', 'llama-bench']);
  const recorded: Record<string, unknown>[] = JSON.parse(
    await readFile(path.join(root, 'test/fixtures/results/llama-bench/start-1.json'), 'utf8'),
  );
  const tests: Record<string, unknown>[] = JSON.parse(await readFile(file, 'utf8'));
  const keys = Object.keys(recorded[0] ?? {});
  expect(Object.keys(tests[0] ?? {}).slice(0, keys.length)).toEqual(keys);
  expect(tests).toMatchObject([
    { n_prompt: 1, n_gen: 0, n_depth: 0, samples_ns: { length: 3 } },
    { n_prompt: 0, n_gen: 15, n_depth: 1 },
    { n_prompt: 64, n_gen: 0, n_depth: 0 },
    { n_prompt: 0, n_gen: 15, n_depth: 64, build_commit: null },
  ]);
  const ended = await tokometer(['compare', speed, file, '--format', 'json']);
  expect(ended.code).toBe(0);
  const { cells } = JSON.parse(ended.stdout);
  expect(cells).toHaveLength(2);
  for (const cell of cells) {
    expect(cell.blockedBy).toBeNull();
    expect(cell.values.map(({ id }: { id: string }) => id)).toEqual(['decode_speed', 'prefill_speed']);
    for (const value of cell.values) {
      expect(value.ratio).toBeCloseTo(1, 6);
      expect(value.verdict).toBe('no evidence');
    }
  }
  const refused = await tokometer(['report', load, '--format', 'llama-bench']);
  expect([refused.code, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toMatch(/is a load: llama-bench has no form/);
});

test("EvalScope's files of a load and of a standard speed, which compare reads as EvalScope's", async () => {
  const place = await exported('evalscope', [load, '--format', 'evalscope']);
  expect((await readdir(place)).toSorted()).toEqual(['parallel_64_number_1100', 'parallel_8_number_16']);
  const recorded = path.join(
    root,
    'test/fixtures/results/evalscope/load-1/parallel_4_number_20/benchmark_summary.json',
  );
  const known = Object.keys(JSON.parse(await readFile(recorded, 'utf8')));
  const written = JSON.parse(await readFile(path.join(place, 'parallel_8_number_16/benchmark_summary.json'), 'utf8'));
  expect(known).toEqual(expect.arrayContaining(Object.keys(written)));
  expect(written).toMatchObject({ Concurrency: 8, 'Success Requests': 16, 'Avg Output Tokens': 3 });

  await mkdir(path.join(folder.path, 'evalscope-speed'));
  const speeds = await exported('evalscope-speed/speed_benchmark.json', [speed, '--format', 'evalscope']);
  for (const [run, file, metric] of [
    [load, place, 'output_throughput'],
    [speed, speeds, 'generated_speed'],
  ] as const) {
    const ended = await tokometer(['compare', run, file, '--format', 'json']);
    const { cells } = JSON.parse(ended.stdout);
    expect(cells).toHaveLength(2);
    for (const { values } of cells) {
      const value = values.find(({ id }: { id: string }) => id === metric);
      expect(value.ratio).toBeCloseTo(1, 3);
      expect(value.verdict).toBe('no evidence');
    }
  }
  const several = await tokometer(['report', load, '--format', 'evalscope']);
  expect(several.code).toBe(2);
  expect(several.stderr).toMatch(/a folder for each of the 2 loads\nhint +name the folder/);
});

test('a row that is not valid stays out of a form that has no place to say so', async () => {
  const file = path.join(folder.path, 'golden.json');
  const golden = path.join(root, 'test/golden/run');
  const ended = await tokometer(['report', golden, '--format', 'llama-bench', '--output', file]);
  expect(ended.code).toBe(0);
  expect(ended.stderr).toMatch(/^left out: p56-g32-c1 is not valid \(.+\)$/m);
  const tests: Record<string, unknown>[] = JSON.parse(await readFile(file, 'utf8'));
  expect(tests.map((one) => one['prompt_tokens'])).not.toContain(57);
});

test('the CSV of the scripts, Markdown and JSON', async () => {
  const qwen = await tokometer(['report', speed, '--format', 'qwen']);
  expect(qwen.stdout).toMatch(/^Model ID,Input Length,/);
  const markdown = await tokometer(['report', speed, '--format', 'markdown']);
  expect(markdown.stdout).toMatch(/^### Speed: .*\n\n\| Prompt Tokens \| Speed\(tokens\/s\) \| .*\n\| ---: \|/);
  expect(markdown.stdout).toMatch(/<details><summary>How it was measured<\/summary>[^]*<\/details>\n$/);
  const loads = await tokometer(['report', load, '--format', 'markdown']);
  expect(loads.stdout.match(/^\| .*64 /gm)).toHaveLength(2);
  const json = await exported('summary.json', [speed, '--format', 'json']);
  expect(JSON.parse(await readFile(json, 'utf8'))).toEqual(await readSummaryOf(speed));
});

test('a file that is there is replaced; a folder, a device and a missing place are refused', async () => {
  const file = path.join(folder.path, 'there.csv');
  await writeFile(file, 'old');
  await exported('there.csv', [speed, '--format', 'csv']);
  expect(await readFile(file, 'utf8')).toMatch(/^run,cell,/);
  for (const [place, code, message] of [
    [folder.path, 2, /is a folder/],
    ['/dev/null', 2, /is no regular file/],
    [path.join(folder.path, 'nowhere', 'x.csv'), 3, /E_OUTPUT can't write .*--output/s],
  ] as const) {
    const ended = await tokometer(['report', speed, '--format', 'csv', '--output', place]);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(message);
  }
  expect((await readdir(folder.path)).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test.each([
  [['--format', 'sqlite'], /--format sqlite needs a file to write to\nhint +add --output results.sqlite/],
  [['--format', 'csv', '--write'], /--write makes the files of the run directory again/],
  [['--format', 'excel'], /must be one of table, markdown, html, card, json, csv,/],
])('%j is a usage error', async (argv, message) => {
  const ended = await tokometer(['report', speed, ...argv]);
  expect([ended.code, ended.stdout]).toEqual([2, '']);
  expect(ended.stderr).toMatch(message);
});

test('without its package a format names the line that installs it', async () => {
  const alone = path.join(folder.path, 'alone');
  await cp(path.join(root, 'dist'), path.join(alone, 'dist'), { recursive: true });
  await cp(path.join(root, 'package.json'), path.join(alone, 'package.json'));
  const run = (argv: readonly string[]) =>
    promisify(execFile)(process.execPath, [path.join(alone, 'dist/bin.js'), ...argv], { cwd: alone }).then(
      () => null,
      (error: { code: number; stderr: string }) => error,
    );
  const cases: [argv: string[], name: string][] = [
    [['report', speed, '--format', 'parquet', '--output', 'x.parquet'], 'hyparquet-writer@0.17.0'],
    [['report', speed, '--format', 'sqlite', '--output', 'x.sqlite'], 'sql.js@1.16.0'],
    [['query', speed, 'select 1'], '@duckdb/node-api@1.5.6-r.1'],
  ];
  for (const [argv, name] of cases) {
    const ended = await run(argv);
    expect(ended?.code).toBe(3);
    expect(ended?.stderr).toContain('error  E_MISSING_PACKAGE the package ');
    expect(ended?.stderr).toContain(`hint   npm install ${name}\n`);
  }
  expect((await readdir(alone)).toSorted()).toEqual(['dist', 'package.json']);
});
