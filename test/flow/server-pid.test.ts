import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { MemoryFigure } from '../../src/contract/memory.ts';
import { readSummary, type Served, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';

interface HasMemory {
  readonly pid?: number | null;
  readonly memory?: readonly MemoryFigure[];
}

// The reference server computes nothing and holds little; what is tested is whose memory is read, and when.
describe.skipIf(process.platform !== 'linux')('--server-pid', () => {
  let served: Served;
  let folder: { path: string; remove(): Promise<void> };
  beforeAll(async () => {
    folder = await temporaryFolder();
    served = await serveReference(['--ttft-ms', '5', '--itl-ms', '1']);
  });
  afterAll(async () => {
    await served?.stop();
    await folder?.remove();
  });

  const words = (outputs: string, more: readonly string[]): string[] => {
    const flags = 'perf --api openai --model reference --prompt-lengths 8 32 --max-tokens 8 --repetitions 2 --json';
    const places = ['--url', served.url, '--outputs-dir', path.join(folder.path, outputs)];
    return [...flags.split(' '), ...places, ...more];
  };

  test('puts the resident memory of the server into every record and into engine.json', async () => {
    const pid = String(served.pid);
    const ended = await tokometer(words('named', ['--server-pid', pid]));
    expect(ended.code, ended.stderr).toBe(0);
    const summary = readSummary(ended.stdout);
    const lines = (await readFile(path.join(summary.directory, 'records.jsonl'), 'utf8')).trim().split('\n');
    const engine: HasMemory = JSON.parse(await readFile(path.join(summary.directory, 'engine.json'), 'utf8'));
    expect(lines.length).toBeGreaterThanOrEqual(4);
    for (const holder of [...lines.map((line): HasMemory => JSON.parse(line)), engine]) {
      const host = holder.memory?.find((one) => one.kind === 'host');
      expect(host?.method).toContain(`of 1 process (${pid} and below)`);
      expect(host?.bytes).toBeGreaterThan(20 * 2 ** 20);
      expect(host?.bytes).toBeLessThan(2 ** 30);
    }
    expect(engine.pid).toBe(served.pid);
    const device = engine.memory?.find((one) => one.kind === 'process');
    expect(device?.bytes).toBeNull();
    for (const row of summary.rows) {
      expect(row.valid).toBe(true);
      expect(row.values['gpu_memory']).toMatchObject({ value: null, reason: device?.reason });
    }
    const again = await tokometer(['report', summary.directory]);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout + again.stderr).toMatch(
      /host\s+memory\s+[\d.]+\s+MiB\s+\(resident\s+memory\s+of\s+1\s+process/,
    );
  });

  test('left out: nothing is read', async () => {
    const ended = await tokometer(words('unnamed', []));
    expect(ended.code, ended.stderr).toBe(0);
    expect(readSummary(ended.stdout).engine).toMatchObject({ pid: null, memory: [] });
  });

  test.each([
    ['of no process', ['--server-pid', '4194304'], 'there is no such process on this machine'],
    ['that is no id', ['--server-pid', '0'], '--server-pid needs an integer of at least 1'],
    ['with an engine that is started', ['--server-pid', '1', '--api', 'reference'], 'is started by Tokometer'],
  ])('an id %s: exit 2 and the reason', async (_what, more, reason) => {
    const ended = await tokometer(words('refused', more));
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(reason);
  });
});
