import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCodeOf } from '../../base/errors.ts';

const pollMs = 50;
const killGraceMs = 5000;

/** Bytes that a group's processes hold, each page counted in every process that maps it. */
export interface GroupMemory {
  readonly anonymousBytes: number;
  readonly fileBytes: number;
  readonly processes: number;
}

/**
 * Ids of the living processes of a group. A process that ended and was not yet fetched by its parent is not alive:
 * where nobody fetches orphans, such as in a container without an init, it would stay for ever.
 */
export function groupMembers(groupId: number): number[] {
  if (process.platform !== 'linux') return canSignal(groupId) ? [groupId] : [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isLivingMember(pid, groupId));
}

/** Sends a signal to a whole group; one that is gone is no error. */
function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-groupId, signal);
  } catch (error) {
    if (systemCodeOf(error) !== 'ESRCH') throw error;
  }
}

/** TERM, then KILL after `graceMs`. Resolves when no process of the group lives. */
export async function stopGroup(groupId: number, graceMs: number): Promise<void> {
  signalGroup(groupId, 'SIGTERM');
  if (await isGoneWithin(groupId, graceMs)) return;
  signalGroup(groupId, 'SIGKILL');
  await isGoneWithin(groupId, killGraceMs);
}

async function isGoneWithin(groupId: number, limitMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    if (groupMembers(groupId).length === 0) return true;
    if (performance.now() > deadlineMs) return false;
    // oxlint-disable-next-line no-await-in-loop -- polling
    await sleep(pollMs);
  }
}

/** Resident memory of the group's processes now; null where the system does not tell. */
export function groupMemory(groupId: number): GroupMemory | null {
  if (process.platform !== 'linux') return null;
  const members = groupMembers(groupId);
  if (members.length === 0) return null;
  const statuses = members.map((pid) => readProc(pid, 'status'));
  const sum = (name: string): number =>
    statuses.reduce(
      (total, text) => total + Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0),
      0,
    ) * 1024;
  return {
    anonymousBytes: sum('RssAnon') + sum('RssShmem'),
    fileBytes: sum('RssFile'),
    processes: members.length,
  };
}

/** Whether a process of the group listens on a port of this machine; null where the system does not tell. */
export function groupListensOn(groupId: number, port: number): boolean | null {
  if (process.platform !== 'linux') return null;
  const sockets = new Set(['net/tcp', 'net/tcp6'].flatMap((table) => listeningSockets(readProc('self', table), port)));
  if (sockets.size === 0) return null;
  return groupMembers(groupId).some((pid) => socketsOf(pid).some((name) => sockets.has(name)));
}

// Columns of /proc/net/tcp: number, local address, remote address, state (0A: listening), ..., inode in the tenth.
function listeningSockets(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    return columns[1]?.endsWith(wanted) === true && columns[3] === '0A' ? [`socket:[${columns[9] ?? ''}]`] : [];
  });
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${name}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

// After the program's name, which may hold anything, in brackets: state, parent, group.
function isLivingMember(pid: number, groupId: number): boolean {
  const text = readProc(pid, 'stat');
  const [state, , group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(group) === groupId && state !== 'Z' && state !== 'X';
}

function readProc(pid: number | 'self', name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    // It ended meanwhile.
    return '';
  }
}

function canSignal(groupId: number): boolean {
  try {
    process.kill(-groupId, 0);
    return true;
  } catch {
    return false;
  }
}
