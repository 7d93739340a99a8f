import { formatSignificant } from '../../base/units.ts';
import type { RowNoise } from '../../contract/summary.ts';
import type { RowSamples } from './row-samples.ts';

// Shares of one core. docs/noise.md says what was measured on quiet machines.
const foreignShare = 0.25;
// Below this the resolution of the counters (10 ms a process and kind) could make it up.
const leastForeignMs = 100;
const clockShare = 0.05;
// A clock is steady, or not, by several readings; the first of a request still climb from idle.
const leastClockSamples = 3;
const settleNs = 1e9;
const throttledShare = 0.01;
const workingPercent = 50;

/** What disturbed a row, by the samples that it overlaps; at most one entry a reason. */
export function rowNoise(samples: RowSamples): RowNoise[] {
  return [...foreignCpuLoad(samples), ...foreignGpuProcess(samples), ...clockChange(samples), ...throttled(samples)];
}

function foreignCpuLoad({ hostIntervals }: RowSamples): RowNoise[] {
  let spanMs = 0;
  let foreignMs = 0;
  let stolenMs = 0;
  for (const { before, after } of hostIntervals) {
    const busyMs = rise(before.busyMs, after.busyMs);
    const ownMs = rise(before.ownMs, after.ownMs);
    if (busyMs === null || ownMs === null) continue;
    spanMs += (after.atNs - before.atNs) / 1e6;
    foreignMs += busyMs - ownMs;
    stolenMs += rise(before.stealMs, after.stealMs) ?? 0;
  }
  const isHigh = (ms: number): boolean => ms > leastForeignMs && ms / spanMs > foreignShare;
  const parts = [
    ...(isHigh(foreignMs) ? [`other processes used ${coresText(foreignMs / spanMs)}`] : []),
    ...(isHigh(stolenMs) ? [`the hypervisor gave ${coresText(stolenMs / spanMs)} to other machines`] : []),
  ];
  return parts.length === 0 ? [] : [{ reason: 'foreign CPU load', text: parts.join(', ') }];
}

function foreignGpuProcess({ gpuProcesses }: RowSamples): RowNoise[] {
  const seen = new Map(
    gpuProcesses.flatMap(({ foreign }) => (foreign ?? []).map((one) => [`${one.uuid} ${one.pid}`, one])),
  );
  const first = [...seen.values()][0];
  if (first === undefined) return [];
  const others = seen.size > 1 ? ` and ${seen.size - 1} more` : '';
  const pid = first.pid === null ? '' : ` (${first.pid})`;
  return [{ reason: 'foreign GPU process', text: `${first.name}${pid}${others} computed on ${first.uuid}` }];
}

function clockChange(samples: RowSamples): RowNoise[] {
  const texts: string[] = [];
  const steady = settled(samples.gpu, samples).filter((one) => (one.utilizationPercent ?? 100) >= workingPercent);
  for (const uuid of new Set(steady.map((one) => one.uuid))) {
    const working = steady.filter((one) => one.uuid === uuid);
    texts.push(
      ...changeOf(
        `the core clock of ${uuid}`,
        working.map((one) => one.coreMhz),
      ),
    );
    texts.push(
      ...changeOf(
        `the memory clock of ${uuid}`,
        working.map((one) => one.memoryMhz),
      ),
    );
  }
  const clocks = settled(samples.hostInFlight, samples).map((one) => one.cpuMhz);
  texts.push(...changeOf('the CPU clock', clocks));
  return texts.length === 0 ? [] : [{ reason: 'clock change', text: texts.join(', ') }];
}

function changeOf(what: string, readings: readonly (number | null)[]): string[] {
  const known = readings.filter((one) => one !== null);
  if (known.length < leastClockSamples) return [];
  const high = known.reduce((one, other) => Math.max(one, other));
  const low = known.reduce((one, other) => Math.min(one, other));
  if (high <= 0 || (high - low) / high <= clockShare) return [];
  return [`${what} went between ${Math.round(low)} and ${Math.round(high)} MHz`];
}

function throttled({ gpu, hostIntervals }: RowSamples): RowNoise[] {
  const texts: string[] = [];
  const told = gpu.filter(({ slowdowns }) => slowdowns !== null);
  const held = told.filter(({ slowdowns }) => (slowdowns ?? []).length > 0);
  if (held.length > 0) {
    const reasons = [...new Set(held.flatMap(({ slowdowns }) => slowdowns ?? []))];
    texts.push(`the GPU held its clocks down in ${held.length} of ${told.length} samples (${reasons.join(', ')})`);
  }
  let spanMs = 0;
  let throttledMs = 0;
  for (const { before, after } of hostIntervals) {
    spanMs += (after.atNs - before.atNs) / 1e6;
    throttledMs += rise(before.throttledMs, after.throttledMs) ?? 0;
  }
  if (spanMs > 0 && throttledMs / spanMs > throttledShare) {
    texts.push(
      `the CPU quota of the cgroup held its processes back for ${Math.round(throttledMs)} of ${Math.round(spanMs)} ms`,
    );
  }
  return texts.length === 0 ? [] : [{ reason: 'throttled', text: texts.join(', ') }];
}

function settled<Sample extends { readonly atNs: number }>(all: readonly Sample[], { spans }: RowSamples): Sample[] {
  return all.filter(({ atNs }) => spans.some(({ fromNs, toNs }) => atNs >= fromNs + settleNs && atNs <= toNs));
}

function rise(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : after - before;
}

function coresText(cores: number): string {
  return `${formatSignificant(cores, 2)} of a core`;
}
