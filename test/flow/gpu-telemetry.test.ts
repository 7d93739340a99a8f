import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { EngineFacts } from '../../src/contract/engine.ts';
import type { Summary } from '../../src/contract/summary.ts';
import { readTelemetry } from '../../src/store/telemetry-file.ts';
import { onSteadyMachine } from '../support/steady-machine.ts';
import { readSummary, temporaryFolder, tokometer } from '../support/tokometer.ts';

const uuid = 'GPU-00000000-0000-0000-0000-000000000000';
// By which the engine's process is known to the program below.
const marker = '--itl-ms 21';
// Some 4 s: enough readings of the power even where each comes late.
const generated = 200;
const bin = path.resolve(import.meta.dirname, '../../dist/bin.js');

// Replays recorded answers of an H200, as nvidia-smi gives them for the columns asked for; the processes are those of
// the engine and a stranger.
const program = `#!/bin/sh
case "$*" in
  *compute-apps*)
    for pid in $(pgrep -f -- '${marker}'); do echo "${uuid}, $pid, node, 100"; done
    echo "${uuid}, 1, ./gpu_burn, 28234" ;;
  *query-gpu=index*) echo "0, ${uuid}, NVIDIA H200, 143771, 32362, 100, Disabled" ;;
  *-lms*)
    reading=0
    while :; do
      reading=$((reading + 1))
      core=1980
      [ "$CORE_CLOCK" = changes ] && [ $((reading / 10 % 2)) = 1 ] && core=1500
      echo "${uuid}, 100, 32362, 300.00, $core, 3201, 52, 0x0000000000000004"
      sleep 0.1
    done ;;
  *) echo "${uuid}, 100, 32362, 300.00, 1980, 3201, 52, 0x0000000000000004" ;;
esac
`;

let folder: { path: string; remove(): Promise<void> };
let environment: Record<string, string>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(path.join(folder.path, 'nvidia-smi'), program);
  await chmod(path.join(folder.path, 'nvidia-smi'), 0o755);
  environment = { PATH: `${folder.path}:${process.env['PATH'] ?? ''}` };
});
afterAll(() => folder?.remove());

function words(more: readonly string[], maxTokens = 60): string[] {
  const command = `${process.execPath} ${bin} reference --port {port} --ttft-ms 20 ${marker}`;
  const flags = `perf --model reference --prompt-lengths 8 --max-tokens ${maxTokens} --repetitions 1 --warmup-num 1 --json`;
  const outputs = path.join(folder.path, `outputs-${more.length}`);
  return [...flags.split(' '), '--engine-command', command, '--outputs-dir', outputs, ...more];
}

describe.skipIf(process.platform !== 'linux')('a started engine on a GPU that others compute on', () => {
  test('is refused with exit 3, and the reason and the flag are named', async () => {
    const ended = await tokometer(words([]), environment);
    expect(ended.code, ended.stderr).toBe(3);
    const text = ended.stderr.replaceAll(/\s+/g, ' ');
    expect(text).toContain('the GPU is not idle: process');
    expect(text).toContain('computes on GPU 0 NVIDIA H200');
    expect(text).toContain('--allow-busy');
  });

  test('is not refused where --gpus names no device of this tool', async () => {
    const ended = await tokometer(words(['--gpus', '3']), environment);
    expect(ended.code, ended.stderr).toBe(0);
    expect(readSummary(ended.stdout).rows[0]?.noise.map(({ reason }) => reason)).not.toContain('foreign GPU process');
  });

  test('with --allow-busy is measured: samples, the stranger, memory from outside, energy', async (context) => {
    await onSteadyMachine(context, async (holds) => {
      const summary = await measuredBusy();
      const [row] = summary.rows;
      const energy = row?.values['energy_per_token'];
      holds(energy?.method !== 'none', energy?.reason ?? 'no energy');
      const seconds = (row?.requests.find(({ phase }) => phase === 'measured')?.latencyMs ?? NaN) / 1000;
      const joules = (300 * seconds) / generated;
      holds(Math.abs((energy?.value ?? NaN) - joules) < 0.05, `${energy?.value} J a token, ${joules} at 300 W`);
      await expectAllOfIt(summary);
      expect(clockChanges(summary)).toBeNull();
    });
  });

  test('a core clock that changes under way is a reason of its own', async (context) => {
    await onSteadyMachine(context, async (holds) => {
      const summary = await measuredBusy({ CORE_CLOCK: 'changes' });
      const told = clockChanges(summary);
      holds(told !== null, 'fewer readings than a change needs');
      expect(told).toBe(`the core clock of ${uuid} went between 1500 and 1980 MHz`);
      const { text } = summary.advice.find(({ id }) => id === 'clock-change') ?? {};
      expect(text).toContain('went between 1500 and 1980 MHz');
    });
  });
});

/** What is said of the device's clock; the clock of the CPU may change too. */
function clockChanges({ rows }: Summary): string | null {
  const text = rows[0]?.noise.find(({ reason }) => reason === 'clock change')?.text ?? '';
  return /the core clock of [^,]+/.exec(text)?.[0] ?? null;
}

async function measuredBusy(more: Record<string, string> = {}): Promise<Summary> {
  const ended = await tokometer(words(['--allow-busy'], generated), { ...environment, ...more });
  expect(ended.code, ended.stderr).toBe(0);
  return readSummary(ended.stdout);
}

async function expectAllOfIt(summary: Summary): Promise<void> {
  const { samples } = await readTelemetry(summary.directory);
  const gpu = samples.filter((sample) => sample.kind === 'gpu');
  expect(gpu.length).toBeGreaterThan(5);
  expect(gpu[0]).toMatchObject({ uuid, powerWatts: 300, coreMhz: 1980, slowdowns: [], powerCapped: true });
  const [row] = summary.rows;
  expect(row?.noise).toContainEqual({
    reason: 'foreign GPU process',
    text: `./gpu_burn (1) computed on ${uuid}`,
  });
  expect(row?.valid).toBe(true);
  expect(row?.values['energy_per_token']?.method).toMatch(/^estimated/);
  const engine: EngineFacts = JSON.parse(await readFile(path.join(summary.directory, 'engine.json'), 'utf8'));
  const bytesOf = (kind: string): number | null | undefined => engine.memory.find((one) => one.kind === kind)?.bytes;
  expect(bytesOf('process')).toBe(100 * 2 ** 20);
  expect(bytesOf('device')).toBe(0);
  const host = engine.memory.filter(({ kind }) => kind === 'host');
  expect(host).toHaveLength(1);
  expect(host[0]?.host?.anonymousBytes).toBeGreaterThan(10 * 2 ** 20);
  expect(row?.values['gpu_memory']).toMatchObject({
    value: 100 / 1024,
    method: expect.stringMatching(/^its processes on the device: nvidia-smi/),
  });
}
