import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { onlyRun, readSummary, type Served, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';

let server: Served;
let outputs: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  server = await serveReference(['--ttft-ms', '1', '--itl-ms', '0']);
  outputs = await temporaryFolder();
});
afterAll(async () => {
  await server.stop();
  await outputs.remove();
});

const perf = (name: string, url: string, argv: string) =>
  tokometer(['perf', '--url', url, '--model', 'm', '--outputs-dir', path.join(outputs.path, name), ...argv.split(' ')]);

test('one load of 512 in flight', async () => {
  const url = `${server.url}/v1/completions`;
  const ended = await perf('one', url, '--prompt hi --max-tokens 128 --parallel 512 --number 2048');
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/^Load Benchmark Results:\n.*\n│ +Parallel │ Requests │ OK\/failed │/);
  expect(ended.stdout).toMatch(/│ +512.*│ +2048 │ +2048\/0 │/);
  expect(ended.stdout).toContain('one text for all requests of 1 token');
  const files = await readdir(await onlyRun(path.join(outputs.path, 'one')));
  expect(files).toContain('report.html');
  expect(files).not.toContain('speed_benchmark.json');
});

test('three loads are three rows', async () => {
  const url = `${server.url}/v1/completions`;
  const argv = '--prompt hi --max-tokens 16 --parallel 1 64 512 --number 100 1000 2048 --json --quiet';
  const ended = await perf('three', url, argv);
  expect(ended.code).toBe(0);
  const { rows } = readSummary(ended.stdout);
  expect(rows.map((row) => [row.cell, row.counts.measured])).toEqual([
    ['c1-n100-g16', 100],
    ['c64-n1000-g16', 1000],
    ['c512-n2048-g16', 2048],
  ]);
});

test('a rate is an open loop: one row, named by it', async () => {
  const url = `${server.url}/v1/completions`;
  const ended = await perf('rate', url, '--prompt hi --rate 50 --number 100 --max-tokens 8 --json --quiet');
  expect(ended.code).toBe(0);
  const { rows } = readSummary(ended.stdout);
  expect(rows).toMatchObject([
    {
      cell: 'r50-n100-g8',
      parallel: null,
      arrival: { kind: 'poisson', requestsPerSecond: 50 },
      counts: { measured: 100, failed: 0, warmup: 100, planned: 100, executions: 1 },
    },
  ]);
  expect(rows[0]?.values['send_delay']?.n).toBe(100);
  const refused = await perf('both', url, '--prompt hi --rate 50 --parallel 4');
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('no cap on requests in flight')]);
});

test('two client threads: the same counts, each record of one of them', async () => {
  const url = `${server.url}/v1/completions`;
  const argv = '--prompt hi --max-tokens 16 --parallel 12 --number 60 --client-threads 2 --json --quiet';
  const ended = await perf('threads', url, argv);
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  const { rows, engine, directory } = readSummary(ended.stdout);
  expect(rows[0]?.counts).toEqual({ measured: 60, failed: 0, warmup: 12, planned: 60, executions: 1 });
  expect(engine.settings['clientThreads']).toBe(2);
  const lines = (await readFile(path.join(directory, 'records.jsonl'), 'utf8')).trim().split('\n');
  const records = lines.map((line): { id: number; shard: number } => JSON.parse(line));
  expect(records.map(({ id }) => id).toSorted((one, other) => one - other)).toEqual(lines.map((_, place) => place));
  expect(new Set(records.map(({ shard }) => shard))).toEqual(new Set([1, 2]));
});

test('an open loop on two client threads: one schedule, of which each sends its part', async () => {
  const url = `${server.url}/v1/completions`;
  const argv = '--prompt hi --max-tokens 4 --rate 100 --arrival constant --number 60 --client-threads 2 --json --quiet';
  const ended = await perf('rate-threads', url, argv);
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  const { rows, directory } = readSummary(ended.stdout);
  expect(rows[0]?.counts).toMatchObject({ measured: 60, failed: 0 });
  const lines = (await readFile(path.join(directory, 'records.jsonl'), 'utf8')).trim().split('\n');
  const records = lines
    .map((line): { shard: number; phase: string; dueNs: number } => JSON.parse(line))
    .filter(({ phase }) => phase === 'measured')
    .toSorted((one, other) => one.dueNs - other.dueNs);
  expect(records.map(({ shard }) => shard)).toEqual(records.map((_, place) => 1 + (place % 2)));
  const first = records[0]?.dueNs ?? 0;
  for (const [place, { dueNs }] of records.entries()) expect(Math.abs(dueNs - first - place * 1e7)).toBeLessThan(2);
});

test('a client thread that dies is one error, and what was measured is kept', async () => {
  const url = `${server.url}/v1/completions`;
  // What a thread's death looks like, whatever its cause: this ends the second one in the middle of the load.
  const fault = path.join(outputs.path, 'fault.cjs');
  const ends = 'if (threadId === 2) setTimeout(() => process.exit(7), 700);';
  await writeFile(fault, `const { threadId } = require('node:worker_threads');\n${ends}\n`);
  const folder = path.join(outputs.path, 'death');
  const argv = ['perf', '--url', url, '--model', 'm', '--outputs-dir', folder, '--json'];
  argv.push(...'--prompt hi --max-tokens 16 --parallel 8 --number 200000 --client-threads 2'.split(' '));
  const ended = await tokometer(argv, { NODE_OPTIONS: `--require ${fault}` });
  expect(ended.code).toBe(3);
  expect(ended.stderr.match(/client thread 2 failed: it ended by itself \(exit code 7\)/g)).toHaveLength(1);
  expect(ended.stderr).toContain('--client-threads 1 sends on the main thread');
  const summary = readSummary(ended.stdout);
  expect(summary.state).toBe('partial');
  expect(summary.rows[0]?.counts.measured).toBeGreaterThan(0);
});

test('client threads need a server', async () => {
  const ended = await perf('usage', server.url, '--api reference --prompt hi --parallel 8 --client-threads 2');
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(
    '--client-threads 2: client threads send to a server, and --api reference answers without one',
  );
});

test('a file of a prompt goes to a chat endpoint as a message, where it stands', async () => {
  const file = path.join(outputs.path, 'prompt.txt');
  await writeFile(file, 'one two three four');
  const ended = await perf(
    'chat',
    `${server.url}/v1/chat/completions`,
    `--prompt @${file} --parallel 4 --number 20 --max-tokens 4 --json`,
  );
  expect(ended.code).toBe(0);
  expect(ended.stderr).not.toContain('becomes');
  const { rows, engine } = readSummary(ended.stdout);
  expect(engine.url).toContain('/v1/chat/completions');
  expect([rows[0]?.values['prompt_tokens']?.value, rows[0]?.values['output_tokens']?.value]).toEqual([4, 4]);
});

test('without a server: the reference engine takes a load, too', async () => {
  const argv = '--api reference --prompt hi --parallel 8 --number 40 --max-tokens 4 --ttft-ms 2 --itl-ms 1 --json';
  const ended = await perf('reference', 'http://unused', argv);
  expect(ended.code).toBe(0);
  expect(readSummary(ended.stdout).rows[0]?.counts.measured).toBe(40);
});

test('where every request fails the exit code is 5, and lists that do not fit are a usage error', async () => {
  const dead = '--no-test-connection --prompt hi --parallel 2 --number 6 --max-tokens 4';
  expect((await perf('dead', 'http://127.0.0.1:1/v1/completions', dead)).code).toBe(5);
  const ended = await perf('usage', server.url, '--prompt hi --parallel 1 2 --number 1 2 3');
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('--parallel has 2 values (1 2) and --number 3 values (1 2 3)');
});

test('limits are judged as the run ends, and others of a finished run', async () => {
  const url = `${server.url}/v1/completions`;
  const argv = '--prompt hi --max-tokens 8 --parallel 1 4 --number 20 40 --json --quiet --slo ttft<=20s latency<1ms';
  const ended = await perf('slo', url, argv);
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  const summary = readSummary(ended.stdout);
  expect(summary.slo).toEqual([
    { metric: 'ttft', operator: '<=', limitMs: 20_000 },
    { metric: 'latency', operator: '<', limitMs: 1 },
  ]);
  // The server waits 1 ms before a first token.
  for (const { values, counts } of summary.rows) {
    expect(values['slo_attainment']).toMatchObject({ value: 0, n: counts.measured });
    expect(values['goodput']?.value).toBe(0);
  }
  const { directory } = summary;
  const eased = await tokometer(['report', directory, '--slo', 'ttft<=20s', '--format', 'json']);
  expect(eased.code, eased.stderr).toBe(0);
  for (const { values } of readSummary(eased.stdout).rows) {
    expect(values['slo_attainment']?.value).toBe(100);
    expect(values['goodput']?.value).toBe(values['request_throughput']?.value);
  }
  const csv = await tokometer(['report', directory, '--slo', 'ttft<=20s', '--format', 'csv']);
  const [head, first] = csv.stdout.split('\n').map((line) => line.split(','));
  expect(first?.[head?.indexOf('slo_attainment_percent') ?? -1]).toBe('100');
  const kept = readSummary(await readFile(path.join(directory, 'summary.json'), 'utf8'));
  expect(kept.rows[0]?.values['slo_attainment']?.value).toBe(0);
  const table = await tokometer(['report', directory]);
  expect(table.stdout).toMatch(/│ Goodput\/s │ In SLO\(%\) │/);
  expect(table.stdout).toMatch(/SLO +TTFT at most 20,000 ms, latency below 1 ms/);
});

test.each([
  ['perf --model m --prompt hi --slo tftt<=500ms', /--slo has limits on ttft, tpot or latency.*did you mean ttft\?/],
  ['perf --model m --slo ttft<=500ms', /--slo judges the requests of a load/],
  ['report somewhere --slo ttft<=500ms --write', /--write makes the files of the run again, and --slo judges it/],
])('%s is refused in one message', async (line, problem) => {
  const ended = await tokometer(line.split(' '));
  expect(ended.code).toBe(2);
  expect(ended.stderr.replaceAll(/\s+/g, ' ')).toMatch(problem);
});
