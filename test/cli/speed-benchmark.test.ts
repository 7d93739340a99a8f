import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { onlyRun, readSummary, type Served, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';

let server: Served;
let outputs: { path: string; remove(): Promise<void> };

beforeAll(async () => {
  server = await serveReference([
    '--ttft-ms',
    '1',
    '--itl-ms',
    '0',
    '--prefill-speed',
    '1000000',
    '--max-model-len',
    '140000',
  ]);
});
afterAll(() => server.stop());
beforeAll(async () => {
  outputs = await temporaryFolder();
});
afterAll(() => outputs.remove());

// The guide's command as it stands, but for the program's name and the port.
const documented = (url: string): string[] =>
  `--parallel 1 --url ${url} --model qwen2.5 --log-every-n-query 5 --connect-timeout 6000 --read-timeout 6000
   --max-tokens 2048 --min-tokens 2048 --api openai --dataset speed_benchmark --debug`.split(/\s+/);

test('the documented command measures its four lengths exactly and writes every file', async () => {
  const folder = path.join(outputs.path, 'documented');
  const ended = await tokometer(['perf', ...documented(`${server.url}/v1/completions`), '--outputs-dir', folder]);
  expect(ended.stderr).not.toContain('error');
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/Speed Benchmark Results:/);
  expect(ended.stdout).toMatch(/Prompt Tokens .* Speed\(tokens\/s\) .* GPU Memory\(GB\)/);
  for (const length of ['1', '6144', '14336', '30720']) expect(ended.stdout).toMatch(new RegExp(`│ +${length} `));

  const directory = await onlyRun(folder);
  expect(directory).toMatch(/qwen2\.5\/\d{8}_\d{6}$/);
  expect((await readdir(directory)).toSorted()).toEqual([
    'engine.json',
    'environment.json',
    'manifest.json',
    'plan.json',
    'protocol.json',
    'records.jsonl',
    'report.html',
    'speed_benchmark.json',
    'summary.json',
    'telemetry.jsonl',
    'workload.json',
  ]);
  const records = (await readFile(path.join(directory, 'records.jsonl'), 'utf8')).trim().split('\n');
  expect(records).toHaveLength(16);
  const summary = readSummary(await readFile(path.join(directory, 'summary.json'), 'utf8'));
  expect(summary.rows.map((row) => [row.promptTokens, row.valid, row.counts.measured])).toEqual([
    [1, true, 3],
    [6144, true, 3],
    [14336, true, 3],
    [30720, true, 3],
  ]);
  for (const row of summary.rows) {
    for (const request of row.requests) {
      expect([request.promptTokens, request.outputTokens]).toEqual([row.promptTokens, 2048]);
    }
  }
  const rows: Record<string, unknown>[] = JSON.parse(
    await readFile(path.join(directory, 'speed_benchmark.json'), 'utf8'),
  );
  expect(Object.keys(rows[0] ?? {}).slice(0, 3)).toEqual(['Prompt Tokens', 'Speed(tokens/s)', 'GPU Memory(GB)']);
  expect(rows.map((row) => row['Prompt Tokens'])).toEqual([1, 6144, 14336, 30720]);
  expect(rows[0]?.['GPU Memory(GB)']).toBeNull();
});

test('underscores, a chat endpoint and the long dataset work, and the chat endpoint is spoken of', async () => {
  const folder = path.join(outputs.path, 'long');
  const argv = ['perf', '--parallel=1', '--url', `${server.url}/v1/chat/completions`, '--model', 'qwen2.5'];
  argv.push(
    '--log_every_n_query',
    '1',
    '--max_tokens',
    '64',
    '--min_tokens',
    '64',
    '--dataset',
    'speed_benchmark_long',
  );
  const ended = await tokometer([...argv, '--repetitions', '1', '--outputs_dir', folder]);
  expect(ended.code).toBe(0);
  expect(ended.stderr).toMatch(/note +\S+\/v1\/chat\/completions becomes \S+\/v1\/completions/);
  expect(ended.stdout).toMatch(/│ +63488 /);
  expect(ended.stdout).toMatch(/│ +129024 /);
});

test('a number of requests is dealt over the lengths, and --json prints the summary alone', async () => {
  const folder = path.join(outputs.path, 'number');
  const argv = ['perf', '--url', `${server.url}/v1/completions`, '--model', 'm', '--prompt-lengths', '1', '40'];
  const ended = await tokometer([
    ...argv,
    '--max-tokens',
    '8',
    '-n',
    '5',
    '--json',
    '--quiet',
    '--outputs-dir',
    folder,
  ]);
  const summary = readSummary(ended.stdout);
  expect(summary.rows.map((row) => [row.promptTokens, row.counts.measured, row.counts.warmup])).toEqual([
    [1, 3, 1],
    [40, 2, 1],
  ]);
});

test('report reads a run again and says the same', async () => {
  const folder = path.join(outputs.path, 'again');
  const argv = ['perf', '--url', `${server.url}/v1/completions`, '--model', 'm', '--prompt-lengths', '1', '40'];
  const ended = await tokometer([...argv, '--max-tokens', '8', '--outputs-dir', folder]);
  const directory = await onlyRun(folder);
  const again = await tokometer(['report', directory]);
  expect(again.code).toBe(0);
  expect(again.stdout).toBe(ended.stdout);
  const html = await tokometer(['report', directory, '--format', 'html']);
  expect(html.stdout).toBe(await readFile(path.join(directory, 'report.html'), 'utf8'));
});
