import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { kvBytesPerToken } from '../../src/catalog/model-shapes.ts';
import { onlyRun, readSummary, start, temporaryFolder, tokometer } from '../support/tokometer.ts';
import { findRealPython, isAlive, tinyShape, writeConfig } from '../unit/engine/transformers/real-python.ts';

const python = await findRealPython();
const interpreter = 'path' in python ? python.path : '';
const reason = 'skip' in python ? ` (${python.skip})` : '';

// Two threads that wait for each other crawl on a busy machine; the tiny model needs one.
const environment = { OMP_NUM_THREADS: '1' };
const patienceMs = 180_000;

// The documents' `--api local` commands on real Transformers; only model and lengths are smaller.
describe.skipIf(interpreter === '')(`--api local on real Transformers${reason}`, { timeout: patienceMs }, () => {
  let folder: { path: string; remove(): Promise<void> };
  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeConfig(folder.path);
  });
  afterAll(() => folder?.remove());

  const words = (outputs: string, lengths: readonly number[]): string[] => {
    const flags =
      'perf --parallel 1 --api local --load-format dummy --dataset speed_benchmark --max-tokens 24 --min-tokens 24 ' +
      '--attn-implementation sdpa --debug --json --log-every-n-query 5 --model';
    const outputsAt = path.join(folder.path, outputs);
    const places = [folder.path, '--python', interpreter, '--outputs-dir', outputsAt, '--prompt-lengths'];
    return flags.split(' ').concat(places, lengths.map(String));
  };

  test('exact counts, all three speeds, and times that Transformers took itself', async () => {
    const ended = await tokometer(words('speeds', [1, 200, 1200]), environment);
    expect(ended.code, ended.stderr).toBe(0);
    const summary = readSummary(ended.stdout);
    expect(summary.engine).toMatchObject({ name: 'Transformers', weights: 'dummy', cache: 'off' });
    expect(summary.workload.method).toBe('token-ids');
    expect(summary.rows.map(({ promptTokens }) => promptTokens)).toEqual([1, 200, 1200]);
    for (const row of summary.rows) {
      expect([row.valid, row.counts.measured, row.reasons]).toEqual([true, 3, []]);
      for (const request of row.requests) {
        expect([request.promptTokens, request.outputTokens, request.cachedTokens]).toEqual([row.promptTokens, 24, 0]);
      }
      for (const id of ['decode_speed', 'generated_speed', 'total_speed', 'ttft']) {
        expect(row.values[id]?.value).toBeGreaterThan(0);
      }
    }
  });

  const cacheBytes = async (length: number): Promise<number> => {
    const ended = await tokometer(words(`memory-${length}`, [length]), environment);
    expect(ended.code, ended.stderr).toBe(0);
    return Number(readSummary(ended.stdout).engine.settings['cacheBytes']);
  };

  test('the keys and values of the engine grow as the arithmetic says', async () => {
    const growth = (await cacheBytes(1500)) - (await cacheBytes(500));
    expect(growth / (1000 * kvBytesPerToken(tinyShape))).toBeCloseTo(1, 2);
  });

  test('SIGKILL of the command line leaves no worker', async () => {
    const running = start([...words('killed', [64]), '--max-tokens', '4000', '--min-tokens', '4000'], environment);
    const lateMs = performance.now() + 60_000;
    while (!running.stderrSoFar().includes('warm-up') && performance.now() < lateMs) await sleep(50);
    const run = await onlyRun(path.join(folder.path, 'killed'));
    const engine: { pid: number } = JSON.parse(await readFile(path.join(run, 'engine.json'), 'utf8'));
    expect(await isAlive(engine.pid)).toBe(true);
    running.child.kill('SIGKILL');
    await running.ended;
    for (let look = 0; look < 100 && (await isAlive(engine.pid)); look++) await sleep(50);
    expect(await isAlive(engine.pid)).toBe(false);
  });

  test('a Python without the packages: exit 3 and the command that mends it', async () => {
    const bare = path.join(folder.path, 'bare-python');
    await writeFile(bare, `#!/bin/sh\necho 'tokometer:{"python": [3, 11], "packages": {}}'\n`, { mode: 0o755 });
    const ended = await tokometer(words('bare', [1]).map((word) => (word === interpreter ? bare : word)));
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('E_MISSING_PACKAGE');
    expect(ended.stderr).toContain('tokometer env create transformers');
  });
});
