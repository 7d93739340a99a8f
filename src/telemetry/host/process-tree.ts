import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { KeptFile } from './kept-file.ts';
import { listeningInodes, readProcessLine } from './proc-text.ts';

/** These processes and all below them; those that have ended stay in if they were named. Linux only; elsewhere the roots. */
export function processTree(roots: readonly number[]): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const pid of allProcesses()) {
    const parent = readProcessLine(readText(`/proc/${pid}/stat`))?.parent;
    if (parent !== undefined) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid]);
  }
  const members = [...new Set(roots)];
  for (const member of members) {
    members.push(...(childrenOf.get(member) ?? []).filter((child) => !members.includes(child)));
  }
  return members;
}

/**
 * The process that listens on a port of this machine; null where none does, or it belongs to another user. With several
 * that share a socket, as a server and its workers do, the one that is above the others.
 */
export function listeningProcess(port: number): number | null {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'];
  const sockets = new Set(
    tables.flatMap((table) => listeningInodes(readText(table), port)).map((inode) => `socket:[${inode}]`),
  );
  if (sockets.size === 0) return null;
  const owners = allProcesses().filter((pid) => socketsOf(pid).some((socket) => sockets.has(socket)));
  return owners.find((pid) => !owners.includes(readProcessLine(readText(`/proc/${pid}/stat`))?.parent ?? -1)) ?? null;
}

/** CPU time that a growing and shrinking set of processes has used; never falls. */
export class TreeTime {
  readonly #roots: readonly number[];
  #files: KeptFile[] = [];
  #lastMs = 0;
  #lostMs = 0;

  constructor(roots: readonly number[]) {
    this.#roots = roots;
    this.look();
  }

  /** Finds the members anew: a walk through /proc, not for timed moments. */
  look(): void {
    this.close();
    this.#files = processTree(this.#roots).map((pid) => new KeptFile(`/proc/${pid}/stat`));
  }

  /** Of the members as last found; null where the system does not tell. */
  readMs(): number | null {
    let sumMs = 0;
    let members = 0;
    for (const file of this.#files) {
      const line = file.read();
      if (line === null) continue;
      sumMs += readProcessLine(line)?.cpuMs ?? 0;
      members++;
    }
    if (members === 0) return null;
    // One that ended without being fetched by its parent takes its time with it.
    this.#lostMs += Math.max(0, this.#lastMs - sumMs);
    this.#lastMs = sumMs;
    return sumMs + this.#lostMs;
  }

  close(): void {
    for (const file of this.#files) file.close();
    this.#files = [];
  }
}

function allProcesses(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
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

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // It ended meanwhile, or this is no Linux.
    return '';
  }
}
