import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { findModelShape, kvBytesPerToken } from '../../src/catalog/model-shapes.ts';
import type { MemoryFigure } from '../../src/contract/memory.ts';
import type { Summary } from '../../src/contract/summary.ts';
import { onlyRun, readSummary, start, temporaryFolder, tokometer } from '../support/tokometer.ts';
import { findRealPython, isAlive, tinyShape, writeConfig } from '../unit/engine/transformers/real-python.ts';
import { expectGrowth, expectSpeeds, oneThread } from './engine-setup.ts';
import { tinyQwenKvBytes, writeTinyQwen } from './tiny-qwen.ts';

const python = await findRealPython();
const interpreter = 'path' in python ? python.path : '';
const reason = 'skip' in python ? ` (${python.skip})` : '';

const patienceMs = 180_000;
const limitMs = 400_000;

interface Recorded {
  readonly promptTokens: number;
  readonly memory: readonly MemoryFigure[];
}

async function recordsOf(summary: Summary): Promise<Recorded[]> {
  const lines = (await readFile(path.join(summary.directory, 'records.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line): Recorded => JSON.parse(line));
}

/** Weights, keys and values that the engine holds at the end of each of these requests: the same in all of them. */
function heldBytes(records: readonly Recorded[]): number {
  const figures = records.map(({ memory }) => memory.find((one) => one.method.startsWith('weights +'))?.bytes ?? 0);
  expect(new Set(figures).size).toBe(1);
  return figures[0] ?? 0;
}

async function expectMemory(summary: Summary, lengths: readonly number[], bytesPerToken: number): Promise<void> {
  const records = await recordsOf(summary);
  const held = lengths.map((length) => heldBytes(records.filter((one) => one.promptTokens === length)));
  expectGrowth(held, lengths, bytesPerToken);
}

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
    const ended = await tokometer(words('speeds', [1, 200, 1200]), oneThread);
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

  test('memory of each request, its peaks phase by phase; keys and values grow as the arithmetic says', async () => {
    const lengths = [500, 1500];
    const ended = await tokometer(words('memory', lengths), oneThread);
    expect(ended.code, ended.stderr).toBe(0);
    const summary = readSummary(ended.stdout);
    const records = await recordsOf(summary);
    const phases = ['load', 'prefill', 'decode'];
    for (const { memory } of records) {
      const peaks = phases.map((phase) => memory.find((one) => one.method.startsWith(phase)));
      for (const peak of peaks) {
        expect(peak?.method).toContain('reset at each phase');
        expect(peak?.bytes).toBeGreaterThan(50e6);
      }
    }
    await expectMemory(summary, lengths, kvBytesPerToken(tinyShape));
  });

  test('SIGKILL of the command line leaves no worker', async () => {
    const running = start([...words('killed', [64]), '--max-tokens', '4000', '--min-tokens', '4000'], oneThread);
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

// The documents' `speed_benchmark` at its own lengths. Heads of 32 on one thread: seconds for the longest prompt.
describe.skipIf(interpreter === '')(`speed_benchmark on real Transformers${reason}`, { timeout: limitMs }, () => {
  let folder: { path: string; remove(): Promise<void> };
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder?.remove());

  const measure = async (model: string, name: string, lengths: readonly number[]): Promise<Summary> => {
    const flags =
      'perf --parallel 1 --api local --load-format dummy --dataset speed_benchmark --max-tokens 16 --min-tokens 16 ' +
      '--attn-implementation sdpa --log-every-n-query 5 --repetitions 2 --json --python';
    const places = [interpreter, '--model', model, '--outputs-dir', path.join(folder.path, name), '--prompt-lengths'];
    const home = { XDG_CACHE_HOME: path.join(folder.path, 'cache') };
    const ended = await tokometer(flags.split(' ').concat(places, lengths.map(String)), { ...oneThread, ...home });
    expect(ended.code, ended.stderr).toBe(0);
    return readSummary(ended.stdout);
  };

  test('a tiny Qwen2 with the tokenizer of Qwen: exact at the documented lengths', async () => {
    const model = path.join(folder.path, 'tiny-qwen2');
    await mkdir(model);
    await writeTinyQwen(model);
    const lengths = [1, 6144, 14_336, 30_720];
    const summary = await measure(model, 'tiny', lengths);
    expectSpeeds(summary, lengths, 16);
    expect(summary.engine).toMatchObject({ name: 'Transformers', weights: 'dummy', cache: 'off', maxLength: 32_768 });
    await expectMemory(summary, lengths, tinyQwenKvBytes);
  });

  test('the dummy Qwen2.5-0.5B of the catalogue, by its name alone', async () => {
    const shape = findModelShape('Qwen/Qwen2.5-0.5B-Instruct');
    if (shape === null) throw new Error('the catalogue has no Qwen2.5-0.5B');
    const lengths = [1, 64];
    const summary = await measure(shape.name, 'dummy', lengths);
    expectSpeeds(summary, lengths, 16);
    expect(summary.engine.settings['parameters']).toBe(494_032_768);
    await expectMemory(summary, lengths, kvBytesPerToken(shape));
  });
});
