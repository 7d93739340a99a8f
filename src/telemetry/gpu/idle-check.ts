import { setTimeout as sleep } from 'node:timers/promises';

import type { GpuTool } from './gpu-tool.ts';
import { type GpuDevice, type GpuProcess, isRefused } from './reading.ts';

/** Why the devices are not idle, in one clause; null: nothing was seen on them. */
export interface IdleVerdict {
  readonly busy: string | null;
  /** What could not be told. */
  readonly note: string | null;
}

const busyPercent = 5;
const watchMs = 3000;
const pollMs = 500;

/**
 * Whether somebody computes on these devices: a process with memory of its own there, or, where no process is shown,
 * utilisation above 5 % for 3 s. Idle devices cost two calls of the tool.
 */
export async function checkIdle(
  tool: GpuTool,
  devices: readonly GpuDevice[],
  wait: (ms: number) => Promise<unknown> = sleep,
): Promise<IdleVerdict> {
  if (devices.length === 0) return { busy: null, note: null };
  const uuids = new Set(devices.map(({ uuid }) => uuid));
  const listed = await tool.processes();
  const there = isRefused(listed) ? [] : listed.filter(({ uuid }) => uuids.has(uuid));
  // A hidden one may be a ghost, a display, or on another slice of the device.
  const sure = there.filter(({ memoryBytes, pid }) => memoryBytes !== null && pid !== null);
  const first = sure[0];
  if (first !== undefined) return { busy: processText(first, sure.length, devices), note: null };
  let busiest: GpuDevice | null = null;
  // The first reading of an idle device that was asleep may say 100 %: only what stays counts.
  for (let elapsedMs = 0; elapsedMs <= watchMs; elapsedMs += pollMs) {
    // oxlint-disable-next-line no-await-in-loop -- polling
    const now = await tool.devices();
    if (isRefused(now)) return { busy: null, note: `whether the GPU is idle can't be told: ${now.refused}` };
    const own = now.filter(({ uuid }) => uuids.has(uuid));
    if (own.every(({ utilizationPercent }) => utilizationPercent === null)) {
      return { busy: null, note: "whether the GPU is idle can't be told: its utilisation is not shown" };
    }
    busiest = own.find(({ utilizationPercent }) => (utilizationPercent ?? 0) > busyPercent) ?? null;
    if (busiest === null) return { busy: null, note: null };
    // oxlint-disable-next-line no-await-in-loop -- polling
    if (elapsedMs < watchMs) await wait(pollMs);
  }
  if (busiest === null) return { busy: null, note: null };
  return {
    busy: `${deviceText(busiest)} was ${busiest.utilizationPercent} % busy for ${watchMs / 1000} s, by a process that is not shown`,
    note: null,
  };
}

function processText({ uuid, pid, name }: GpuProcess, count: number, devices: readonly GpuDevice[]): string {
  const device = devices.find((one) => one.uuid === uuid);
  const others = count > 1 ? ` and ${count - 1} more` : '';
  return `process ${pid}${name === null ? '' : ` (${name})`}${others} computes on ${device === undefined ? uuid : deviceText(device)}`;
}

function deviceText({ index, name, uuid }: GpuDevice): string {
  return `GPU ${index ?? '?'} ${name} (${uuid})`;
}
