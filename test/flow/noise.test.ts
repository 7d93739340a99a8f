import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import type { Summary } from '../../src/contract/summary.ts';
import { readTelemetry } from '../../src/store/telemetry-file.ts';
import { onSteadyMachine } from '../support/steady-machine.ts';
import { readSummary, type Served, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';

let folder: { path: string; remove(): Promise<void> };
let served: Served;
beforeAll(async () => {
  folder = await temporaryFolder();
  served = await serveReference(['--ttft-ms', '50', '--itl-ms', '20']);
});
afterAll(async () => {
  await served?.stop();
  await folder?.remove();
});

const flags = 'perf --model reference --prompt-lengths 8 --max-tokens 120 --repetitions 1 --warmup-num 0 --json';

/** One request of some 2.4 s. */
async function measured(
  name: string,
  more: readonly string[] = ['--api', 'openai', '--url', served.url],
): Promise<Summary> {
  const ended = await tokometer([...flags.split(' '), ...more, '--outputs-dir', path.join(folder.path, name)]);
  expect(ended.code, ended.stderr).toBe(0);
  return readSummary(ended.stdout);
}

const isLoaded = (summary: Summary): boolean =>
  summary.rows.some((row) => row.noise.some(({ reason }) => reason === 'foreign CPU load'));

function busyCores(): number {
  const line = readFileSync('/proc/stat', 'latin1').split('\n')[0] ?? '';
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = line.trim().split(/ +/).slice(1).map(Number);
  return (user + nice + system + steal) / 100;
}

/** How many cores others use in a second; waits a while for a quiet one. */
async function foreignCores(waitMs: number): Promise<number> {
  const deadlineMs = performance.now() + waitMs;
  for (;;) {
    const before = busyCores();
    // oxlint-disable-next-line no-await-in-loop -- polling
    await sleep(1000);
    const cores = busyCores() - before;
    if (cores < quietCores || performance.now() > deadlineMs) return cores;
  }
}

const quietCores = 0.1;

describe.skipIf(process.platform !== 'linux')('noise of the host', () => {
  test.each([
    ['a served API', undefined],
    ['the engine of this process', ['--api', 'reference', '--ttft-ms', '50', '--itl-ms', '20']],
  ])('%s beside a busy loop is flagged with that reason', async (name, more) => {
    const loop = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
    onTestFinished(() => void loop.kill('SIGKILL'));
    const summary = await measured(`busy ${name}`, more);
    expect(isLoaded(summary)).toBe(true);
    const advice = summary.advice.find(({ id }) => id === 'foreign-cpu-load');
    expect(advice?.text).toMatch(/^foreign CPU load: other processes used [\d.]+ of a core/);
    const again = await tokometer(['report', summary.directory]);
    expect(again.stdout + again.stderr).toMatch(/foreign\s+CPU\s+load/);
  });

  test(
    'a quiet run is not, and a server that works hard behind a port of this machine is no stranger',
    { timeout: 120_000 },
    async (context) => {
      const tries: string[] = [];
      for (let attempt = 0; attempt < 4; attempt++) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const before = await foreignCores(15_000);
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const summary = await measured(`quiet ${attempt}`);
        if (!isLoaded(summary)) return;
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const after = await foreignCores(0);
        if (Math.max(before, after) < quietCores) tries.push(JSON.stringify(summary.rows[0]?.noise));
      }
      if (tries.length === 0)
        context.skip('others use more than 0.1 of a core of this machine: quiet can not be tried');
      expect(tries).toEqual([]);
    },
  );

  test('samples lie around each pass and once a second in it, and no GPU is asked for a reference engine', (context) =>
    onSteadyMachine(context, async (holds) => {
      const summary = await measured('samples', ['--api', 'reference', '--ttft-ms', '50', '--itl-ms', '20']);
      const { samples, damage } = await readTelemetry(summary.directory);
      expect(damage).toBeNull();
      const host = samples.filter((sample) => sample.kind === 'host');
      expect(host.map(({ inFlight }) => inFlight)).toEqual([false, ...host.slice(2).map(() => true), false]);
      holds(host.length === 4, `${host.length - 2} samples in a pass of 2.4 s`);
      for (const [place, sample] of host.entries()) {
        expect(sample.atNs).toBeGreaterThan(host[place - 1]?.atNs ?? 0);
        expect(sample.busyMs).toBeGreaterThanOrEqual(host[place - 1]?.busyMs ?? 0);
        expect(sample.ownMs).toBeGreaterThanOrEqual(host[place - 1]?.ownMs ?? 0);
      }
      expect(samples.find((sample) => sample.kind === 'unavailable')).toMatchObject({
        source: 'gpu',
        reason: 'the engine computes on the CPU',
      });
      expect(summary.rows[0]?.values['energy_per_token']?.value).toBeNull();
    }));
});
