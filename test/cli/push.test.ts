import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { attributesOf, closedAddress, type Collector, pointsOf, startCollector } from '../support/collector.ts';
import { onlyRun, readSummary, start, temporaryFolder, tokometer } from '../support/tokometer.ts';

const root = path.resolve(import.meta.dirname, '../..');
const golden = path.join(root, 'test/golden/run');
const script = ['--ttft-ms', '2', '--itl-ms', '1'];
const short = [...script, '--prompt-lengths', '1', '64', '--max-tokens', '8'];
const quick = { OTEL_EXPORTER_OTLP_TIMEOUT: '300' };

let collector: Collector;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  collector = await startCollector();
  folder = await temporaryFolder();
});
afterEach(async () => {
  await collector.close();
  await folder.remove();
});

const perf = (push: string, environment: Record<string, string> = {}) =>
  tokometer(['perf', '--api', 'reference', ...short, '--outputs-dir', folder.path, '--push', push], environment);

test('perf pushes every value of summary.json, once the run directory is whole', async () => {
  let found: string[] = [];
  collector.onRequest = () => {
    found = readdirSync(folder.path, { recursive: true }).map((file) => path.basename(String(file)));
  };
  const ended = await perf(collector.url, { OTEL_EXPORTER_OTLP_HEADERS: 'x-key=abc' });
  expect(ended.code).toBe(0);
  expect(found).toEqual(expect.arrayContaining(['summary.json', 'report.html', 'speed_benchmark.json']));
  const run = await onlyRun(folder.path);
  const summary = readSummary(await readFile(path.join(run, 'summary.json'), 'utf8'));
  expect(collector.received).toHaveLength(1);
  const [received] = collector.received;
  if (received === undefined) throw new Error('nothing came');
  expect(received.headers['x-key']).toBe('abc');
  const points = pointsOf(received.body);
  for (const { cell, values } of summary.rows) {
    for (const { id, value, interval } of Object.values(values)) {
      const told = points.filter(({ name, attributes }) => name === `tokometer.${id}` && attributes['cell'] === cell);
      const by = new Map(told.map((point) => [point.attributes['statistic'], point.value]));
      expect([id, by.get('value') ?? null, by.get('interval_high') ?? null]).toEqual([
        id,
        value,
        interval?.high ?? null,
      ]);
    }
  }
  const ofRun = {
    run: path.basename(run),
    model: 'reference',
    api: 'reference',
    kind: 'speed',
    valid: true,
    parallel: 1,
  };
  const ttft = points.find(({ name }) => name === 'tokometer.ttft');
  expect(ttft).toMatchObject({ unit: 'ms', attributes: { ...ofRun, planned_prompt_tokens: 1, statistic: 'value' } });
  const resource = attributesOf(received.body.resourceMetrics[0]?.resource.attributes ?? []);
  expect(resource).toMatchObject({ 'service.name': 'tokometer', 'service.version': summary.tokometer });
  expect(ended.stderr).toContain(`pushed    ${points.length} values of ${run} to ${collector.url}/v1/metrics\n`);
});

test('a load has its percentiles, and JSON on stdout stays JSON', async () => {
  const load = ['--prompt', 'one two', '--parallel', '4', '--number', '40', '--max-tokens', '3', '--json'];
  const argv = [
    'perf',
    '--api',
    'reference',
    ...script,
    ...load,
    '--outputs-dir',
    folder.path,
    '--push',
    collector.url,
  ];
  const ended = await tokometer(argv);
  const [row] = readSummary(ended.stdout).rows;
  const percentile = row?.values['ttft']?.percentiles.find(({ percent }) => percent === 50);
  const points = pointsOf(collector.received[0]?.body ?? { resourceMetrics: [] });
  const told = points.filter(({ name, attributes }) => name === 'tokometer.ttft' && attributes['percentile'] === 50);
  expect(new Map(told.map(({ attributes, value }) => [attributes['statistic'], value]))).toEqual(
    new Map([
      ['p50', percentile?.value],
      ['p50_interval_low', percentile?.interval?.low],
      ['p50_interval_high', percentile?.interval?.high],
    ]),
  );
  expect(told[0]?.attributes).toMatchObject({ kind: 'load', parallel: 4 });
});

test("what can't be pushed is lost nowhere: table and files are there, the exit code is 3", async () => {
  const ended = await perf((await closedAddress()).replace('//', '//user:hidden@'), quick);
  expect(ended.code).toBe(3);
  expect(ended.stdout).toMatch(/Speed Benchmark Results:/);
  expect(readSummary(await readFile(path.join(await onlyRun(folder.path), 'summary.json'), 'utf8')).state).toBe(
    'complete',
  );
  const last = ended.stderr.trimEnd().split('\n').slice(-2);
  expect(last[0]).toMatch(
    /^error  E_PUSH the result could not be pushed to http:\/\/\*\*\*@127[^ ]+: nobody listens there$/,
  );
  expect(last[1]).toMatch(/^hint   start the collector, .*tokometer report RUN --push URL sends them again$/);
  expect(ended.stderr + ended.stdout).not.toContain('hidden');
  const stored = await readFile(path.join(await onlyRun(folder.path), 'environment.json'), 'utf8');
  expect(stored).not.toContain('hidden');
});

test('report pushes each run after its output, a table or a file', async () => {
  const file = path.join(folder.path, 'results.csv');
  const copy = path.join(folder.path, 'again');
  await cp(golden, copy, { recursive: true });
  const exported = await tokometer([
    'report',
    golden,
    copy,
    '--format',
    'csv',
    '--output',
    file,
    '--push',
    collector.url,
  ]);
  expect([exported.code, exported.stdout]).toEqual([0, '']);
  expect(await readFile(file, 'utf8')).toMatch(/^run,cell,/);
  const runs = collector.received.map(({ body }) => new Set(pointsOf(body).map(({ attributes }) => attributes['run'])));
  expect(runs).toEqual([new Set(['run']), new Set(['again'])]);
  collector.answer = { status: 401 };
  const refused = await tokometer(['report', golden, '--push', collector.url]);
  expect(refused.code).toBe(3);
  expect(refused.stdout).toMatch(/Speed Benchmark Results:/);
  expect(refused.stderr).toMatch(/^error  E_PUSH .* 401 Unauthorized\nhint   OTEL_EXPORTER_OTLP_HEADERS .*\n$/);
});

test('words of an answer that is none of a collector reach the terminal as text', async () => {
  collector.answer = { status: 200, body: '\u001b[31mred' };
  const ended = await tokometer(['report', golden, '--push', collector.url]);
  expect(ended.code).toBe(0);
  expect(ended.stderr).toMatch(/^note +http:\S+ did not answer as a collector does: Failed to parse .*red/m);
  expect(ended.stderr).not.toContain('\u001b');
});

test('a run that is stopped is not pushed, and the line that does it is told', async () => {
  const slow = [
    '--ttft-ms',
    '1',
    '--itl-ms',
    '100',
    '--prompt-lengths',
    '1',
    '--max-tokens',
    '20',
    '--warmup-num',
    '0',
  ];
  const argv = ['perf', '--api', 'reference', ...slow, '--outputs-dir', folder.path, '--push', collector.url];
  const running = start(argv);
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (running.stderrSoFar().includes('repetition 2 of 3')) resolve();
    };
    running.child.stderr?.on('data', look);
  });
  running.child.kill('SIGINT');
  const ended = await running.ended;
  expect(ended.code).toBe(130);
  const run = await onlyRun(folder.path);
  expect(ended.stderr).toContain(
    `not pushed: the run did not end; tokometer report ${run} --push URL sends what there is`,
  );
  expect(collector.received).toEqual([]);
});

test('a batch pushes each run that it measures, and none that was done before', async () => {
  const file = path.join(folder.path, 'two.yaml');
  await writeFile(
    file,
    'defaults: { api: reference, itl-ms: 1, max-tokens: 4, prompt-lengths: [1] }\nmatrix: { seed: [1, 2] }\n',
  );
  const argv = ['batch', file, '--outputs-dir', folder.path, '--quiet', '--push', collector.url];
  expect((await tokometer(argv)).code).toBe(0);
  expect(collector.received).toHaveLength(2);
  expect((await tokometer(argv)).code).toBe(0);
  expect(collector.received).toHaveLength(2);
});

test.each(['localhost:4318', 'ftp://h/', 'user:hidden@host:4318', 'http://user:hidden@'])(
  '--push %s is refused before anything is measured',
  async (url) => {
    const ended = await perf(url);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toMatch(/--push needs a URL such as http:\/\/localhost:4318, got "/);
    expect(ended.stderr).not.toContain('hidden');
    expect(readdirSync(folder.path)).toEqual([]);
  },
);

test('without the packages the line that installs them is told, before a run and after a table', async () => {
  const program = path.join(folder.path, 'installed');
  await mkdir(path.join(program, 'node_modules'), { recursive: true });
  await cp(path.join(root, 'dist'), path.join(program, 'dist'), { recursive: true });
  await cp(path.join(root, 'package.json'), path.join(program, 'package.json'));
  const { dependencies } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const link = path.join(program, 'node_modules', name);
    // oxlint-disable-next-line no-await-in-loop
    await mkdir(path.dirname(link), { recursive: true });
    // oxlint-disable-next-line no-await-in-loop
    await symlink(path.join(root, 'node_modules', name), link);
  }
  const spawned = async (...argv: string[]): Promise<Failed> => {
    const words = [path.join(program, 'dist/bin.js'), ...argv, '--push', collector.url];
    return promisify(execFile)(process.execPath, words, { cwd: folder.path }).then(
      () => ({ code: 0, stdout: '', stderr: '' }),
      (error: Failed) => error,
    );
  };
  const message =
    /^error  E_MISSING_PACKAGE --push needs 4 packages, and not all of them are installed\nhint   npm install (@opentelemetry\/[a-z-]+@[\d.]+ ?){4}\n$/;
  const measured = await spawned('perf', '--api', 'reference', ...short);
  expect([measured.code, measured.stdout]).toEqual([3, '']);
  expect(measured.stderr).toMatch(message);
  const reported = await spawned('report', golden);
  expect(reported.code).toBe(3);
  expect(reported.stdout).toMatch(/Speed Benchmark Results:/);
  expect(reported.stderr).toMatch(message);
});

interface Failed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
