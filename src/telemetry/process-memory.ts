import { readFile } from 'node:fs/promises';

import { systemCodeOf, TokometerError } from '../base/errors.ts';
import { formatBytes } from '../base/units.ts';
import type { HostMemory, MemoryFigure } from '../contract/memory.ts';
import { askTool } from './gpu/ask-tool.ts';
import { processFields, readProcesses, refusalOf } from './gpu/nvidia-smi.ts';
import { cgroupPeakBytes } from './host/cgroup-peak.ts';
import { processTree } from './host/process-tree.ts';

const kibibyte = 2 ** 10;
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
  const members = processTree([pid]);
  return [await hostFigure(pid, members), await deviceFigure(pid, new Set(members))];
}

async function hostFigure(pid: number, members: readonly number[]): Promise<MemoryFigure> {
  const held = (await Promise.all(members.map((member) => readProc(member, 'status'))))
    .map((status) => (typeof status === 'string' ? resident(status) : null))
    .filter((one) => one !== null);
  const cgroupPeak = await cgroupPeakBytes(pid);
  if (held.length === 0)
    return { kind: 'host', bytes: null, method: residentMethod, reason: `process ${pid} has ended` };
  const anonymousBytes = held.reduce((sum, one) => sum + one.anonymousBytes, 0);
  const fileBytes = held.reduce((sum, one) => sum + one.fileBytes, 0);
  return {
    kind: 'host',
    bytes: anonymousBytes + fileBytes,
    method:
      `${residentMethod} of ${held.length} ${held.length === 1 ? 'process' : 'processes'} (${pid} and below): ` +
      `anonymous ${formatBytes(anonymousBytes)}, of files ${formatBytes(fileBytes)} (pages shared by processes counted in each)`,
    reason: null,
    host: { anonymousBytes, fileBytes, cgroupPeakBytes: cgroupPeak },
  };
}

async function deviceFigure(pid: number, members: ReadonlySet<number>): Promise<MemoryFigure> {
  const method = `nvidia-smi, memory of process ${pid} and those below it on all devices`;
  const unknown = (reason: string): MemoryFigure => ({ kind: 'process', bytes: null, method, reason });
  const query = [`--query-compute-apps=${processFields.join(',')}`, '--format=csv,noheader,nounits'];
  const { isHere, ok, text } = await askTool(['nvidia-smi', ...query]);
  if (!isHere) return unknown('there is no nvidia-smi here');
  if (!ok || refusalOf(text) !== null) return unknown('nvidia-smi could not be asked');
  // A process has one line for each device that it is on.
  const own = readProcesses(text).filter((one) => one.pid !== null && members.has(one.pid));
  if (own.length === 0) {
    return unknown(`nvidia-smi lists no process of ${pid}: it computes on the CPU, or counts its processes elsewhere`);
  }
  const bytes = own.reduce((sum, one) => sum + (one.memoryBytes ?? NaN), 0);
  if (!Number.isFinite(bytes)) return unknown('nvidia-smi does not tell the memory of single processes here');
  return { kind: 'process', bytes, method, reason: null };
}

/** The resident pages of a status file; null for a process that has none: it ended, or is the kernel's. */
function resident(status: string): Omit<HostMemory, 'cgroupPeakBytes'> | null {
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
