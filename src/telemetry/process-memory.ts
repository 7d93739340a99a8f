import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { systemCodeOf, TokometerError } from '../base/errors.ts';
import type { MemoryFigure } from '../contract/memory.ts';

const kibibyte = 2 ** 10;
const mebibyte = 2 ** 20;
const askTimeoutMs = 10_000;
const residentMethod = 'resident memory';

/** Throws E_PLAN when the memory of process `pid` can't be read: it is not here, has ended, or tells nothing. */
export async function requireReadableProcess(pid: number): Promise<void> {
  if (process.platform !== 'linux') {
    throw unreadable(pid, `/proc is not there on ${process.platform}`, 'leave it out: it needs Linux');
  }
  const findIt = 'give the id of the running server, such as `pgrep -f vllm` prints it';
  const status = await readProc(pid, 'status');
  if (typeof status !== 'string') throw unreadable(pid, whyNot(status), findIt);
  if (/^State:\s+[ZX]/m.test(status)) throw unreadable(pid, 'it has ended', findIt);
  if (resident(status) === null)
    throw unreadable(pid, 'it is a thread of the kernel, without memory of its own', findIt);
}

/**
 * Memory that process `pid` and all below it hold now: resident on the host, and on NVIDIA devices. Never rejects; what
 * can't be read is null with its reason. Takes a walk through /proc and one call of nvidia-smi: not for timed moments.
 */
export async function readProcessMemory(pid: number): Promise<readonly MemoryFigure[]> {
  const members = await processTree(pid);
  return [await hostFigure(pid, members), await deviceFigure(pid, new Set(members))];
}

async function hostFigure(pid: number, members: readonly number[]): Promise<MemoryFigure> {
  const held = (await Promise.all(members.map((member) => readProc(member, 'status'))))
    .map((status) => (typeof status === 'string' ? resident(status) : null))
    .filter((one) => one !== null);
  if (held.length === 0)
    return { kind: 'host', bytes: null, method: residentMethod, reason: `process ${pid} has ended` };
  const anonymousBytes = held.reduce((sum, one) => sum + one.anonymousBytes, 0);
  const fileBytes = held.reduce((sum, one) => sum + one.fileBytes, 0);
  return {
    kind: 'host',
    bytes: anonymousBytes + fileBytes,
    method:
      `${residentMethod} of ${held.length} ${held.length === 1 ? 'process' : 'processes'} (${pid} and below): ` +
      `anonymous ${anonymousBytes}, of files ${fileBytes} (pages shared by processes counted in each)`,
    reason: null,
  };
}

async function deviceFigure(pid: number, members: ReadonlySet<number>): Promise<MemoryFigure> {
  const method = `nvidia-smi, memory of process ${pid} and those below it on all devices`;
  const unknown = (reason: string): MemoryFigure => ({ kind: 'process', bytes: null, method, reason });
  let lines: string[];
  try {
    const query = ['--query-compute-apps=pid,used_gpu_memory', '--format=csv,noheader,nounits'];
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: askTimeoutMs });
    lines = stdout.split('\n').filter((line) => line.trim() !== '');
  } catch (error) {
    return unknown(systemCodeOf(error) === 'ENOENT' ? 'there is no nvidia-smi here' : 'nvidia-smi could not be asked');
  }
  // A process has one line for each device that it is on.
  const own = lines.map((line) => line.split(',').map(Number)).filter(([owner]) => members.has(owner ?? NaN));
  if (own.length === 0) {
    return unknown(`nvidia-smi lists no process of ${pid}: it computes on the CPU, or counts its processes elsewhere`);
  }
  const mebibytes = own.reduce((sum, [, used]) => sum + (used ?? NaN), 0);
  if (!Number.isFinite(mebibytes)) return unknown('nvidia-smi does not tell the memory of single processes here');
  return { kind: 'process', bytes: mebibytes * mebibyte, method, reason: null };
}

/** The process and all that descend from it; without those that have ended. */
async function processTree(pid: number): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const all = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map((name) => parentOf(Number(name))));
  const childrenOf = new Map<number, number[]>();
  for (const one of all) {
    if (one !== null) childrenOf.set(one.parent, [...(childrenOf.get(one.parent) ?? []), one.pid]);
  }
  const members = [pid];
  for (const member of members) members.push(...(childrenOf.get(member) ?? []));
  return members;
}

// After the program's name, which may hold anything, in brackets: state, parent.
async function parentOf(pid: number): Promise<{ pid: number; parent: number } | null> {
  const text = await readProc(pid, 'stat');
  if (typeof text !== 'string') return null;
  const [, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { pid, parent: Number(parent) };
}

/** The resident pages of a status file; null for a process that has none: it ended, or is the kernel's. */
function resident(status: string): { anonymousBytes: number; fileBytes: number } | null {
  const bytes = (name: string): number | null => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * kibibyte;
  };
  const anonymousBytes = bytes('RssAnon');
  return anonymousBytes === null
    ? null
    : { anonymousBytes: anonymousBytes + (bytes('RssShmem') ?? 0), fileBytes: bytes('RssFile') ?? 0 };
}

async function readProc(pid: number, name: string): Promise<string | { readonly code: string | null }> {
  try {
    return await readFile(`/proc/${pid}/${name}`, 'utf8');
  } catch (error) {
    return { code: systemCodeOf(error) };
  }
}

function whyNot({ code }: { readonly code: string | null }): string {
  if (code === 'ENOENT' || code === 'ESRCH') return 'there is no such process on this machine';
  return code === 'EACCES' || code === 'EPERM' ? 'this user may not read it' : `/proc says ${code ?? 'nothing'}`;
}

function unreadable(pid: number, reason: string, hint: string): TokometerError {
  return new TokometerError('E_PLAN', `--server-pid ${pid}: its memory can't be read: ${reason}`, { hint });
}
