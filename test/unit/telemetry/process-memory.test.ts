import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { formatBytes } from '../../../src/base/units.ts';
import type { MemoryFigure } from '../../../src/contract/memory.ts';
import { readProcessMemory, requireReadableProcess } from '../../../src/telemetry/process-memory.ts';
import { temporaryFolder } from '../../support/tokometer.ts';

const mebibyte = 2 ** 20;

/** A process that holds so much anonymous memory, with a child that holds as much; its id, and the child's. */
async function holding(mebibytes: number): Promise<{ pid: number; child: number; process: ChildProcess }> {
  const own = `globalThis.held = Buffer.alloc(${mebibytes * mebibyte}, 1); setInterval(() => {}, 1000);`;
  const script =
    `const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(`${own} console.log('ready')`)}]);` +
    `${own} child.stdout.once('data', () => console.log(child.pid)); process.on('SIGTERM', () => { child.kill('SIGKILL'); process.exit(); });`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    parent.kill('SIGTERM');
    if (parent.exitCode === null && parent.signalCode === null) await once(parent, 'exit');
  });
  const [line] = await once(parent.stdout, 'data');
  return { pid: parent.pid ?? 0, child: Number(String(line)), process: parent };
}

const ofKind = (figures: readonly MemoryFigure[], kind: MemoryFigure['kind']): MemoryFigure | undefined =>
  figures.find((one) => one.kind === kind);

/** Puts an nvidia-smi in front of the search path that prints these lines. */
async function withNvidiaSmi(lines: readonly string[], exitCode = 0): Promise<void> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const file = path.join(folder.path, 'nvidia-smi');
  await writeFile(file, `#!/bin/sh\n${lines.map((line) => `echo '${line}'`).join('\n')}\nexit ${exitCode}\n`);
  await chmod(file, 0o755);
  vi.stubEnv('PATH', `${folder.path}:${process.env['PATH'] ?? ''}`);
}

const row = (pid: number, memory: string): string => `GPU-1, ${pid}, /usr/bin/python3, ${memory}`;

afterEach(() => vi.unstubAllEnvs());

describe.skipIf(process.platform !== 'linux')('the memory of a process tree', () => {
  test('is the sum over the process and those below it, anonymous and file-backed apart', async () => {
    const { pid, child } = await holding(80);
    const host = ofKind(await readProcessMemory(pid), 'host');
    expect(host?.reason).toBeNull();
    expect(host?.bytes).toBeGreaterThan(160 * mebibyte);
    expect(host?.bytes).toBeLessThan(500 * mebibyte);
    const { anonymousBytes, fileBytes } = host?.host ?? { anonymousBytes: Number.NaN, fileBytes: Number.NaN };
    expect(anonymousBytes).toBeGreaterThan(160 * mebibyte);
    // Both map the same program, which is larger than this.
    expect(fileBytes).toBeGreaterThan(20 * mebibyte);
    expect(anonymousBytes + fileBytes).toBe(host?.bytes);
    expect(host?.method).toContain(`of 2 processes (${pid} and below)`);
    expect(host?.method).toContain(`anonymous ${formatBytes(anonymousBytes)}, of files ${formatBytes(fileBytes)}`);
    // Where the cgroup tells a peak, it is no less than what it holds now.
    expect(host?.host?.cgroupPeakBytes ?? Infinity).toBeGreaterThan(anonymousBytes);
    const alone = ofKind(await readProcessMemory(child), 'host');
    expect(alone?.method).toContain('of 1 process (');
    expect(alone?.bytes).toBeGreaterThan(80 * mebibyte);
    expect(alone?.bytes).toBeLessThan(160 * mebibyte);
  });

  test('of one that has ended is null, with the reason', async () => {
    const { pid, process: parent } = await holding(1);
    parent.kill('SIGTERM');
    await once(parent, 'exit');
    expect(ofKind(await readProcessMemory(pid), 'host')).toMatchObject({
      bytes: null,
      reason: `process ${pid} has ended`,
    });
    await expect(requireReadableProcess(pid)).rejects.toMatchObject({
      code: 'E_PLAN',
      message: `--server-pid ${pid}: its memory can't be read: there is no such process on this machine`,
      hint: expect.stringContaining('running server'),
    });
  });

  test('can be read of this process, and not of the kernel', async (context) => {
    await expect(requireReadableProcess(process.pid)).resolves.toBeUndefined();
    let name = '';
    try {
      name = readFileSync('/proc/2/comm', 'utf8').trim();
    } catch {
      // A container with its own process ids.
    }
    if (name !== 'kthreadd') context.skip('no kernel thread is visible here');
    await expect(requireReadableProcess(2)).rejects.toThrow(/thread of the kernel/);
  });
});

describe('the memory on devices', () => {
  test('is the sum over the processes of the tree and over all devices', async () => {
    const { pid, child } = await holding(1);
    await withNvidiaSmi([row(child, '1024'), row(1, '999'), row(child, '512'), row(pid, '8')]);
    expect(ofKind(await readProcessMemory(pid), 'process')).toEqual({
      kind: 'process',
      bytes: 1544 * mebibyte,
      method: `nvidia-smi, memory of process ${pid} and those below it on all devices`,
      reason: null,
    });
  });

  test.each([
    ['lists other processes only', [row(1, '999')], 0, /lists no process of \d+/],
    ['lists none', [], 0, /lists no process of \d+/],
    ['does not tell it', [row(process.pid, '[N/A]')], 0, /does not tell the memory of single processes/],
    ['fails', ['NVIDIA-SMI has failed'], 9, /could not be asked/],
  ])('is unknown where nvidia-smi %s', async (_what, lines, exitCode, reason) => {
    await withNvidiaSmi(lines, exitCode);
    const figure = ofKind(await readProcessMemory(process.pid), 'process');
    expect(figure?.bytes).toBeNull();
    expect(figure?.reason).toMatch(reason);
  });

  test('is unknown where there is no nvidia-smi', async () => {
    vi.stubEnv('PATH', '/nonexistent');
    expect(ofKind(await readProcessMemory(process.pid), 'process')).toMatchObject({
      bytes: null,
      reason: 'there is no nvidia-smi here',
    });
  });
});
