import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import type { Summary } from '../../src/contract/summary.ts';

export const bin = path.resolve(import.meta.dirname, '../../dist/bin.js');

const noState = path.join(import.meta.dirname, 'no-state');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stderrSoFar(): string;
}

/** Starts the built command line as a user would, off a terminal, in a folder of choice. */
export function start(argv: readonly string[], environment: Record<string, string> = {}, cwd?: string): Running {
  const child = spawn(process.execPath, [bin, ...argv], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    // The calibration of whoever runs the tests is none of theirs.
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', XDG_STATE_HOME: noState, ...environment },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended, stderrSoFar: () => stderr };
}

export const tokometer = (
  argv: readonly string[],
  environment: Record<string, string> = {},
  cwd?: string,
): Promise<Ended> => start(argv, environment, cwd).ended;

export interface Served {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts `tokometer reference` on a free port, in a process of its own. */
export async function serveReference(argv: readonly string[] = []): Promise<Served> {
  const running = start(['reference', '--port', '0', ...argv]);
  const url = await new Promise<string>((resolve, reject) => {
    const look = (): void => {
      const match = /reference server on (\S+)/.exec(running.stderrSoFar());
      if (match?.[1] !== undefined) resolve(match[1]);
    };
    running.child.stderr?.on('data', look);
    void running.ended.then((end) => reject(new Error(`the reference server ended: ${end.stderr}`)));
  });
  return {
    url,
    pid: running.child.pid ?? 0,
    stop: async () => {
      running.child.kill('SIGTERM');
      await running.ended;
    },
  };
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tokometer-test-'));
  return { path: folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The only run directory below an outputs folder. */
export async function onlyRun(outputs: string): Promise<string> {
  const [model, ...otherModels] = await readdir(outputs);
  if (model === undefined || otherModels.length > 0) throw new Error(`not one model in ${outputs}`);
  const [run, ...otherRuns] = await readdir(path.join(outputs, model));
  if (run === undefined || otherRuns.length > 0) throw new Error(`not one run in ${outputs}/${model}`);
  return path.join(outputs, model, run);
}

/** The summary in a JSON text. */
export function readSummary(text: string): Summary {
  const summary: Summary = JSON.parse(text);
  return summary;
}
