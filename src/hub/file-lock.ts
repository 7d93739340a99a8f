import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readlink, rename, link, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { systemCodeOf } from '../base/errors.ts';
import type { Tell } from '../contract/engine.ts';

export interface FileLock {
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  /** Called each time that the lock is found taken. */
  readonly waiting?: () => void;
}

/** Tells a note the first time it is called. */
export function tellOnce(tell: Tell, text: string): () => void {
  let told = false;
  return () => {
    if (!told) tell.note(text);
    told = true;
  };
}

/**
 * Runs an action while no other process of ours runs one under the same lock file.
 * Node has no flock, which the hubs' Python clients use: this is a file that only one process can create, with its
 * owner inside and a beating modification time. One whose owner is gone is taken away.
 */
export async function withFileLock<Result>(
  { path, signal, waiting }: FileLock,
  action: () => Promise<Result>,
): Promise<Result> {
  await mkdir(dirname(path), { recursive: true });
  const owner = JSON.stringify({ pid: process.pid, machine: await machineName(), id: randomUUID() });
  while (!(await tryCreate(path, owner))) {
    if (await removeStale(path)) continue;
    waiting?.();
    await sleep(100, undefined, signal === undefined ? {} : { signal });
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, 2000);
  beat.unref();
  try {
    return await action();
  } finally {
    clearInterval(beat);
    if ((await readOwner(path)) === owner) await rm(path, { force: true });
  }
}

const silentForMs = 30_000;

async function tryCreate(path: string, owner: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(owner);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function removeStale(path: string): Promise<boolean> {
  const owner = await readOwner(path);
  if (owner === null) return true;
  if (!(await isStale(path, owner))) return false;
  // Two waiters may come to this at once. A rename can be done by one of them alone, and what it took can be looked at.
  const aside = `${path}.${randomUUID().slice(0, 8)}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return true;
    throw error;
  }
  if ((await readOwner(aside)) !== owner) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
  return true;
}

async function isStale(path: string, owner: string): Promise<boolean> {
  const facts = await stat(path).catch(() => null);
  if (facts === null) return false;
  const ageMs = Date.now() - facts.mtimeMs;
  if (ageMs > silentForMs) return true;
  const { pid, machine } = parseOwner(owner);
  // Between creation and the first write a lock has no owner yet.
  if (pid === null) return ageMs > 5000;
  return machine === (await machineName()) && !isAlive(pid);
}

function parseOwner(text: string): { pid: number | null; machine: string | null } {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('pid' in parsed) || !('machine' in parsed)) {
      return { pid: null, machine: null };
    }
    return {
      pid: typeof parsed.pid === 'number' ? parsed.pid : null,
      machine: typeof parsed.machine === 'string' ? parsed.machine : null,
    };
  } catch {
    return { pid: null, machine: null };
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) !== 'ESRCH';
  }
}

async function readOwner(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

// Containers may share a host name and a cache: process numbers mean the same only in one namespace.
async function machineName(): Promise<string> {
  const space = await readlink('/proc/self/ns/pid').catch(() => '');
  return `${hostname()} ${space}`.trim();
}
