import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { onlyRun, temporaryFolder, tokometer } from '../support/tokometer.ts';

const root = path.resolve(import.meta.dirname, '../..');
const results = path.join(root, 'test/fixtures/results');

// The script of the reference engine is what differs, and what is compared.
const allowed = ['--allow-different', 'settings'];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let base: string;
let slower: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  base = await measured('base', '4');
  slower = await measured('slower', '6');
});
afterAll(() => folder.remove());

async function measured(name: string, itlMs: string): Promise<string> {
  const outputs = path.join(folder.path, name);
  const engine = ['--api', 'reference', '--ttft-ms', '5', '--itl-ms', itlMs];
  const ended = await tokometer([
    'perf',
    ...engine,
    '--prompt-lengths',
    '1',
    '--max-tokens',
    '16',
    '--outputs-dir',
    outputs,
  ]);
  if (ended.code !== 0) throw new Error(ended.stderr);
  return onlyRun(outputs);
}

test('two runs: a table of 80 columns, and no faster or slower from one start a side', async () => {
  const ended = await tokometer(['compare', base, slower, ...allowed], { COLUMNS: '80' });
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/decode_speed .* −3\d\.\d % .*differs within/);
  for (const line of ended.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('another setting of the engine is not comparable, until it is said to be what is compared', async () => {
  const ended = await tokometer(['compare', base, slower]);
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/decode_speed .* −3\d\.\d % +not comparable\n/);
  expect(ended.stdout).toContain('settings: itlMs 4 → itlMs 6');
});

test('a gate that is missed ends with 6 and one line, a gate that holds with 0', async () => {
  const missed = await tokometer([
    'compare',
    base,
    slower,
    ...allowed,
    '--fail-if',
    'decode_speed < -3%',
    '--fail-if',
    'ttft > 10s',
  ]);
  expect(missed.code).toBe(6);
  expect(missed.stderr).toMatch(/^error {2}E_GATE decode_speed is -3\d\.\d % .*below -3 %\n$/);
  const held = await tokometer(['compare', base, slower, ...allowed, '--fail-if', 'decode_speed < -60%']);
  expect([held.code, held.stderr]).toEqual([0, '']);
});

test('a saved baseline stands for its run', async () => {
  const place = ['--outputs-dir', path.join(folder.path, 'kept')];
  expect((await tokometer(['compare', base, ...place, '--save-baseline', 'main'])).code).toBe(0);
  expect((await tokometer(['compare', '--list-baselines', ...place])).stdout).toBe('main\n');
  const ended = await tokometer(['compare', 'main', slower, ...place, '--format', 'json']);
  expect(JSON.parse(ended.stdout)).toMatchObject({ v: 1, cells: [{ promptTokens: 1, outputTokens: 16 }] });
  const unknown = await tokometer(['compare', 'other', slower, ...place]);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(/other is neither a path nor a saved baseline\nhint +saved are main/);
  expect((await tokometer(['compare', base, ...place, '--save-baseline', '../x'])).code).toBe(2);
});

test.each([
  ['evalscope/load-1', 'evalscope/load-2', /output_throughput/],
  ['llama-bench/start-1.json', 'llama-bench/start-2.json', /decode_speed/],
  ['vllm-bench/serve-1.json', 'vllm-bench/serve-2.json', /output_throughput/],
  ['evalscope/speed-1', 'evalscope/speed-2', /generated_speed/],
])('%s and %s, as other tools wrote them', async (one, other, metric) => {
  const ended = await tokometer([
    'compare',
    path.join(results, one),
    path.join(results, other),
    '--format',
    'markdown',
  ]);
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(metric);
});

test.each([
  [['compare', 'one'], /takes two results, got 1/],
  [['compare', results, results], /holds results? of|has results of/],
  [['compare', root + '/package.json', root + '/package.json'], /holds no result/],
])('%j is a usage error', async (argv, message) => {
  const ended = await tokometer(argv);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(message);
});

test("the action's step writes the job summary and fails on the gate", async () => {
  const action = await readFile(path.join(root, 'action.yml'), 'utf8');
  expect(action).toContain('run: bash "$GITHUB_ACTION_PATH/scripts/compare-action.sh"');
  const summary = path.join(await mkdtemp(path.join(os.tmpdir(), 'tokometer-action-')), 'summary.md');
  const step = (gates: string): Promise<number> =>
    new Promise((resolve) => {
      const inputs = {
        INPUT_BASE: base,
        INPUT_CANDIDATE: slower,
        INPUT_FAIL_IF: gates,
        INPUT_ALLOW_DIFFERENT: 'settings',
        GITHUB_STEP_SUMMARY: summary,
      };
      execFile(
        'bash',
        [path.join(root, 'scripts/compare-action.sh')],
        { env: { ...process.env, ...inputs } },
        (error) => {
          resolve(typeof error?.code === 'number' ? error.code : 0);
        },
      );
    });
  expect(await step('decode_speed < -60%\n\n')).toBe(0);
  expect(await step('ttft > 10s\ndecode_speed < -3%\n')).toBe(6);
  const text = await readFile(summary, 'utf8');
  expect(text.match(/^### Speed: /gm)).toHaveLength(2);
  expect(text).toContain('❌ `decode_speed < -3%`');
});
