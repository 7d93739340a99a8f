import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { buildProgram, canBuild } from './build-program.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'tokometer-measure-'));
let program = '';

interface Facts {
  readonly exitCode: number;
  readonly timedOut: boolean;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly peakProcessBytes: number;
  readonly peakTreeBytes: number;
}

function isFacts(value: unknown): value is Facts {
  return typeof value === 'object' && value !== null && 'userSeconds' in value && 'peakTreeBytes' in value;
}

function measure(script: string, timeoutSeconds = 40): Facts {
  const result = path.join(folder, 'process.json');
  spawnSync(program, [result, String(timeoutSeconds), process.execPath, '-e', script]);
  const facts: unknown = JSON.parse(readFileSync(result, 'utf8'));
  if (!isFacts(facts)) throw new Error('no facts');
  return facts;
}

const burn = (ms: number): string =>
  `const used = () => { const { user, system } = process.cpuUsage(); return user + system; }; const end = used() + ${ms}e3; while (used() < end);`;
const cpuSeconds = ({ userSeconds, systemSeconds }: Facts): number => userSeconds + systemSeconds;
const child = (script: string, options = ''): string =>
  `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(script)}], {stdio: 'ignore' ${options}})`;

describe.skipIf(!canBuild)('measure_process', () => {
  beforeAll(() => {
    program = buildProgram(folder, 'measure_process');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('counts the CPU time of the whole tree', () => {
    const alone = cpuSeconds(measure(burn(300)));
    expect(alone).toBeGreaterThan(0.3);
    expect(alone).toBeLessThan(0.8);
    expect(cpuSeconds(measure(`${child(child(burn(500)))}; ${burn(300)}`))).toBeGreaterThan(0.8);
  });

  it('counts a child that outlives the command, and does not wait for it long', () => {
    const begunMs = performance.now();
    const facts = measure(`${child('for (;;);', ', detached: true')}.unref(); setTimeout(() => {}, 1500)`);
    expect(performance.now() - begunMs).toBeLessThan(20_000);
    expect(cpuSeconds(facts)).toBeGreaterThan(0.5);
  });

  it('adds up the memory of the tree', () => {
    const hold = 'globalThis.held = Buffer.alloc(100e6, 1); setTimeout(() => {}, 1500)';
    const { peakProcessBytes, peakTreeBytes } = measure(`${child(hold)}; ${hold}`);
    expect(peakProcessBytes).toBeGreaterThan(100e6);
    expect(peakProcessBytes).toBeLessThan(200e6);
    expect(peakTreeBytes).toBeGreaterThan(200e6);
  });

  it('tells the exit code, and ends what takes too long with its tree', () => {
    expect(measure('process.exitCode = 7')).toMatchObject({ exitCode: 7, timedOut: false });
    expect(measure(`${child('setInterval(() => {}, 1e6)')}; setInterval(() => {}, 1e6)`, 1).timedOut).toBe(true);
  });
});
