import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Calibration } from '../../src/contract/calibration.ts';
import { onSteadyMachine } from '../support/steady-machine.ts';
import {
  type Ended,
  readSummary,
  type Served,
  serveReference,
  start,
  temporaryFolder,
  tokometer,
} from '../support/tokometer.ts';
import { undescribedNumbers } from '../support/undescribed-numbers.ts';

let folder: { path: string; remove(): Promise<void> };
let calibrated: Ended;
let tookMs: number;
beforeAll(async () => {
  folder = await temporaryFolder();
  await calibrate();
});
afterAll(() => folder?.remove());

async function calibrate(): Promise<void> {
  const startMs = performance.now();
  calibrated = await tokometer(['doctor', '--calibrate'], state());
  tookMs = performance.now() - startMs;
}

const state = (name = 'state'): Record<string, string> => ({ XDG_STATE_HOME: path.join(folder.path, name) });
const fileOf = (name = 'state'): string => path.join(folder.path, name, 'tokometer', 'calibration.json');

async function readCalibration(): Promise<Calibration> {
  const calibration: Calibration = JSON.parse(await readFile(fileOf(), 'utf8'));
  return calibration;
}

describe('tokometer doctor --calibrate', () => {
  test('measures this machine in less than 20 s', { timeout: 200_000 }, (context) =>
    onSteadyMachine(context, async (holds) => {
      if (tookMs >= 20_000) await calibrate();
      holds(tookMs < 20_000, `it took ${tookMs} ms`);
    }),
  );

  test('says what it found', () => {
    expect(calibrated.code, calibrated.stderr).toBe(0);
    expect(calibrated.stdout).toMatch(/Latency floor \(ms\) +│ +[\d.]+ +│ +[\d.]+ +│ +[\d.]+ to [\d.]+ +│ +500 │/);
    expect(calibrated.stdout).toMatch(/Stamp error, 1 stream \(ms\) +│/);
    expect(calibrated.stdout).toMatch(/Stamp error, 64 streams \(ms\) +│.+│ +12,800 │/);
    expect(calibrated.stdout).toMatch(/Tokens\/s taken, 32 streams +│ +[\d,]+ +│/);
    expect(calibrated.stdout).toContain(`Kept           ${fileOf()}`);
  });

  test('keeps times that can be: none before its cause, none longer than a stall', async () => {
    const { latencyFloor, roundTrip, stampError, highestRate, node } = await readCalibration();
    expect(node).toBe(process.version);
    for (const time of [latencyFloor, roundTrip, stampError.one, stampError.many]) {
      expect(time.min).toBeGreaterThan(0);
      expect(time.p50).toBeGreaterThanOrEqual(time.min);
      expect(time.p99).toBeGreaterThanOrEqual(time.p50);
      expect(time.max).toBeGreaterThanOrEqual(time.p99);
      expect(time.p50).toBeLessThan(20);
    }
    expect(stampError.one.n).toBe(250);
    // A stamp is a part of the way that the floor goes back and forth.
    expect(stampError.one.min).toBeLessThan(latencyFloor.p50);
    expect(highestRate.median).toBeGreaterThan(1000);
    expect(highestRate.clientBusy).toBeGreaterThan(0);
    expect(highestRate.clientBusy).toBeLessThanOrEqual(1);
    expect(highestRate.tokensPerSecond).toBeCloseTo(highestRate.median / highestRate.clientBusy, 3);
    expect(highestRate.n).toBeGreaterThanOrEqual(8);
  });

  test('doctor shows that there is one, and where there is none how to get it', async () => {
    // Beside other work it says so instead.
    expect((await tokometer(['doctor'], state())).stdout).toMatch(
      /✔ calibration +of 20.+: latency floor [\d.]+ ms|✗ calibration +disturbed by foreign CPU load/,
    );
    expect((await tokometer(['doctor'], state('none'))).stdout).toMatch(
      /✗ calibration +the client was not calibrated here\n +→ tokometer doctor --calibrate/,
    );
  });

  test('an interrupt ends it, and the earlier calibration stays', async () => {
    const before = await readFile(fileOf(), 'utf8');
    const running = start(['doctor', '--calibrate'], state());
    running.child.stderr?.once('data', () => setTimeout(() => running.child.kill('SIGINT'), 1000));
    expect((await running.ended).code).toBe(130);
    expect(await readFile(fileOf(), 'utf8')).toBe(before);
  });
});

async function perf(served: Served, argv: readonly string[], more: { state?: string; json?: boolean } = {}) {
  const words = ['perf', '--api', 'openai', '--url', `${served.url}/v1/completions`, '--model', 'm', ...argv];
  const output = [
    '--outputs-dir',
    path.join(folder.path, 'outputs'),
    '--quiet',
    ...(more.json === false ? [] : ['--json']),
  ];
  const ended = await tokometer([...words, ...output], state(more.state));
  expect(ended.code, ended.stderr).toBe(0);
  return ended;
}

const speed = '--prompt-lengths 16 --max-tokens 8 --repetitions 2'.split(' ');
const load = '--prompt hi --max-tokens 8 --parallel 4 --number 8'.split(' ');

describe('runs on a machine that was calibrated', () => {
  let slow: Served;
  let fast: Served;
  beforeAll(async () => {
    slow = await serveReference(['--ttft-ms', '400', '--itl-ms', '100']);
    fast = await serveReference(['--ttft-ms', '0', '--itl-ms', '0.1']);
  });
  afterAll(async () => {
    await slow?.stop();
    await fast?.stop();
  });

  test('a slow server is what its rows tell of', async () => {
    const summary = readSummary((await perf(slow, speed)).stdout);
    expect(summary.calibration?.misfit).toBeNull();
    const bound = summary.rows[0]?.bound;
    expect(bound).toMatchObject({ by: 'server', because: [] });
    expect(bound?.ttftShare).toBeGreaterThan(0);
    expect(bound?.roundTripMs).toBeGreaterThan(0);
    expect(undescribedNumbers(summary)).toEqual([]);
    const again = await tokometer(['report', summary.directory, '--format', 'json'], state('none'));
    expect(readSummary(again.stdout).rows[0]?.bound).toEqual(bound);
    expect((await tokometer(['report', summary.directory])).stdout).toMatch(
      /Client +server-bound: the client's own share is at most/,
    );
  });

  test('one that is as fast as the client is not, and advice says what helps', async () => {
    const summary = readSummary((await perf(fast, speed.with(3, '64'))).stdout);
    expect(summary.rows[0]?.bound?.by).toBe('client');
    expect(summary.rows[0]?.bound?.because).toContain('gap');
    const advice = summary.advice.find(({ id }) => id === 'client-bound');
    expect(advice?.text).toMatch(
      /^Client-bound: .+ in the row with 16 prompt tokens, .*up to [\d.]+ % of a gap between/,
    );
    expect(advice?.hint).toContain('--client-threads');
  });

  test('a load without a calibration says how to get one, a speed run does not', async () => {
    const bare = await perf(slow, load, { state: 'none', json: false });
    expect(bare.stdout.replaceAll(/\s+/g, ' ')).toContain('not judged: tokometer doctor --calibrate lets rows be told');
    expect((await perf(slow, speed, { state: 'none', json: false })).stdout).not.toContain('--calibrate');
  });

  test('the calibration of another machine is not used, and the note says why', async () => {
    await keep('elsewhere', JSON.stringify({ ...(await readCalibration()), cores: 1000 }));
    const ended = await perf(slow, speed, { state: 'elsewhere', json: false });
    expect(ended.stderr).toBe('');
    expect(ended.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'not judged: the number of cores is another one since the calibration (1000 then,',
    );
  });

  test('a damaged one is told once, and the run goes on', async () => {
    await keep('damaged', '{"v": 1,');
    const ended = await perf(slow, speed, { state: 'damaged' });
    expect(ended.stderr.match(/calibration/gi)?.length).toBeGreaterThan(0);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(ended.stderr).toContain(fileOf('damaged'));
    expect(readSummary(ended.stdout).rows[0]?.bound).toBeNull();
  });
});

async function keep(name: string, text: string): Promise<void> {
  await mkdir(path.dirname(fileOf(name)), { recursive: true });
  await writeFile(fileOf(name), text);
}
