import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { ManifestFacts } from '../../src/contract/manifest.ts';
import type { RunPlan } from '../../src/contract/plan.ts';
import type { WorkloadFacts } from '../../src/contract/workload.ts';
import { onlyRun, readSummary, type Served, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';

const apiKey = 'sk-reference-0123456789';
const secrets = [apiKey, 'team-token-77', 'hf_abcdefghijkl', 'proxy-password'];
const environment = {
  OMP_NUM_THREADS: '1',
  HF_TOKEN: 'hf_abcdefghijkl',
  HTTPS_PROXY: 'http://me:proxy-password@proxy.example:3128',
  NO_PROXY: '127.0.0.1',
  UNRELATED: 'not kept',
};
const lengths = ['--prompt-lengths', '1', '8', '--max-tokens', '6', '--repetitions', '2'];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let served: Served;
let embedded: string;
let reached: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  served = await serveReference(['--ttft-ms', '2', '--itl-ms', '1', '--api-key', apiKey]);
  const script = ['--api', 'reference', '--ttft-ms', '2', '--itl-ms', '1', ...lengths];
  embedded = await measured('embedded', script);
  const secret = ['--api-key', apiKey, '--headers', 'x-auth-token=team-token-77', 'x-team=speed'];
  reached = await measured('reached', ['--api', 'openai', '--url', served.url, '--model', 'q', ...secret, ...lengths]);
});
afterAll(async () => {
  await served?.stop();
  await folder?.remove();
});

async function measured(name: string, words: readonly string[]): Promise<string> {
  const outputs = path.join(folder.path, name);
  const ended = await tokometer(['perf', ...words, '--outputs-dir', outputs], environment);
  if (ended.code !== 0) throw new Error(ended.stderr);
  return onlyRun(outputs);
}

async function fileOf<Value>(directory: string, name: string): Promise<Value> {
  const value: Value = JSON.parse(await readFile(path.join(directory, name), 'utf8'));
  return value;
}

async function planOf(directory: string): Promise<Omit<RunPlan, 'output'>> {
  const { output: _, ...plan } = await fileOf<RunPlan>(directory, 'plan.json');
  return plan;
}

const placed = (name: string): string[] => ['--outputs-dir', path.join(folder.path, name), '--json'];

test('no file of a run directory holds a secret, and what engines heed is there', async () => {
  const names = await readdir(reached);
  for (const name of names) {
    const text = await readFile(path.join(reached, name), 'utf8');
    for (const secret of secrets) expect(text.includes(secret), `${secret} in ${name}`).toBe(false);
  }
  const manifest = await fileOf<ManifestFacts>(reached, 'manifest.json');
  expect(manifest.variables).toEqual({
    HF_TOKEN: '***',
    HTTPS_PROXY: 'http://***@proxy.example:3128',
    NO_PROXY: '127.0.0.1',
    OMP_NUM_THREADS: '1',
  });
  expect(manifest.server).toMatchObject({ models: { data: [{ id: 'reference' }] }, serverInfo: null });
  expect(manifest.repeats).toBeNull();
});

test('--from: the same plan and the same prompts; the summary names the run and what differs', async () => {
  const ended = await tokometer(['perf', '--from', embedded, ...placed('again')], {
    ...environment,
    OMP_NUM_THREADS: '2',
  });
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stderr).toMatch(/differs: OMP_NUM_THREADS: 1 → 2/);
  const { directory, repeats } = readSummary(ended.stdout);
  expect(repeats).toEqual({
    directory: embedded,
    differences: [{ what: 'OMP_NUM_THREADS', before: '1', now: '2' }],
  });
  expect(await planOf(directory)).toEqual(await planOf(embedded));
  const [before, now] = [
    await fileOf<WorkloadFacts>(embedded, 'workload.json'),
    await fileOf<WorkloadFacts>(directory, 'workload.json'),
  ];
  expect(now.prompts.length).toBeGreaterThan(4);
  expect(now.prompts).toEqual(before.prompts);
  const report = await tokometer(['report', directory], { COLUMNS: '300' });
  expect(report.stdout).toMatch(/Repeats .*embedded.*differs: OMP_NUM_THREADS 1 → 2/);
});

test('flags beside --from win, and are told as differences', async () => {
  const words = ['perf', '--from', embedded, '--max-tokens', '4', '--itl-ms', '3', ...placed('changed')];
  const ended = await tokometer(words, environment);
  expect(ended.code, ended.stderr).toBe(0);
  const { repeats, rows } = readSummary(ended.stdout);
  expect(rows.map(({ outputTokens }) => outputTokens)).toEqual([4, 4]);
  expect(repeats?.differences).toEqual([
    { what: 'plan cells', before: 'p1-g6 p8-g6', now: 'p1-g4 p8-g4' },
    { what: 'plan engine.timing.itlMs', before: '1', now: '3' },
    { what: 'plan workload.minOutputTokens', before: '6', now: '4' },
    { what: 'engine itlMs', before: '1', now: '3' },
  ]);
  expect(ended.stderr).toMatch(/differs: plan engine\.timing\.itlMs: 1 → 3/);
});

test('secrets are asked for again, and a server that ran before gets other prompts', async () => {
  const missing = await tokometer(['perf', '--from', reached, ...placed('refused')], environment);
  expect(missing.code).toBe(2);
  expect(missing.stderr).toMatch(/engine\.apiKey of that run holds a secret.*TOKOMETER_API_KEY/);
  expect(missing.stderr).toMatch(/engine\.headers\.x-auth-token of that run holds a secret/);
  const given = ['--headers', 'x-auth-token=team-token-77'];
  const ended = await tokometer(['perf', '--from', reached, ...given, ...placed('reached again')], {
    ...environment,
    TOKOMETER_API_KEY: apiKey,
  });
  expect(ended.code, ended.stderr).toBe(0);
  const { directory, repeats } = readSummary(ended.stdout);
  expect(repeats?.differences.map(({ what }) => what)).toEqual(['prompts']);
  expect(await planOf(directory)).toEqual(await planOf(reached));
  const both = await Promise.all([reached, directory].map((one) => fileOf<WorkloadFacts>(one, 'workload.json')));
  expect(both[0]?.nonce).not.toBe(both[1]?.nonce);
});

test('what is no run, or one of a version that knows more, is refused in one sentence', async () => {
  const none = await tokometer(['perf', '--from', folder.path, ...placed('none')]);
  expect([none.code, none.stdout]).toEqual([2, '']);
  expect(none.stderr).toMatch(/E_RUN_DIRECTORY .*is not a run directory: it has no plan\.json/);
  const stored = await fileOf<RunPlan>(embedded, 'plan.json');
  const file = path.join(folder.path, 'plan.json');
  await writeFile(file, JSON.stringify({ ...stored, v: 2 }));
  const newer = await tokometer(['perf', '--from', folder.path, ...placed('none')]);
  expect(newer.code).toBe(2);
  expect(newer.stderr).toMatch(/plan\.json in .* has version 2; this Tokometer reads version 1/);
  await writeFile(file, JSON.stringify({ ...stored, traffic: { ...stored.traffic, phase: 'moon' } }));
  const unknown = await tokometer(['perf', '--from', folder.path, ...placed('none')]);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(/has what this Tokometer does not know: traffic\.phase/);
  await writeFile(file, JSON.stringify({ ...stored, cells: [{ ...stored.cells[0], outputTokens: 'many' }] }));
  const broken = await tokometer(['perf', '--from', folder.path, ...placed('none')]);
  expect(broken.code).toBe(2);
  expect(broken.stderr).toMatch(/is not a run directory: plan\.json can't be read \(cells\.0\.outputTokens/);
});

test('an engine that is not there any more is named', async () => {
  const stored = await fileOf<RunPlan>(reached, 'plan.json');
  const gone = path.join(folder.path, 'gone');
  await mkdir(gone);
  const engine = {
    ...stored.engine,
    url: 'http://127.0.0.1:9/v1/completions',
    urlGiven: null,
    headers: {},
    apiKey: null,
  };
  await writeFile(path.join(gone, 'plan.json'), JSON.stringify({ ...stored, engine }));
  const ended = await tokometer(['perf', '--from', gone, ...placed('gone again')]);
  expect(ended.code).toBe(4);
  expect(ended.stderr).toMatch(/127\.0\.0\.1:9/);
});
