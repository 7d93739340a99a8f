import type { GpuSample } from '../../contract/telemetry.ts';
import { missing } from '../missing.ts';
import type { Missing } from '../missing.ts';
import type { RowSamples, Span } from './row-samples.ts';

export interface Energy {
  readonly joules: number;
  readonly method: string;
}

const leastPowerSamples = 5;
const largestGapNs = 2e9;

/** Energy of the GPUs in the spans of a row: by their counters, else integrated from their power. */
export function gpuEnergy({ spans, gpu, gpuAround }: RowSamples): Energy | Missing {
  const uuids = [...new Set(gpuAround.flat().map(({ uuid }) => uuid))];
  if (uuids.length === 0) return missing('no GPU was sampled');
  const counted = sumOf(spans, (_, place) =>
    sumOf(uuids, (uuid) => counterRise(ofGpu(gpuAround[place], uuid), spans[place])),
  );
  if (counted !== null)
    return { joules: counted, method: 'energy counter of the GPU, between the samples around each request' };
  const enough = uuids.every(
    (uuid) => gpu.filter((one) => one.uuid === uuid && one.powerWatts !== null).length >= leastPowerSamples,
  );
  const integrated = sumOf(spans, (span, place) =>
    sumOf(uuids, (uuid) => integral(ofGpu(gpuAround[place], uuid), span)),
  );
  if (!enough || integrated === null) {
    return missing(
      `the GPU has no energy counter here, and fewer than ${leastPowerSamples} readings of its power, or none for 2 s`,
    );
  }
  return { joules: integrated, method: 'estimated: power of the GPU, sampled and integrated' };
}

/** Energy of the CPU packages, with all that runs on them. */
export function packageEnergy({ hostIntervals }: RowSamples): Energy | Missing {
  const joules = sumOf(hostIntervals, ({ before, after }) =>
    before.packageJoules === null || after.packageJoules === null ? null : after.packageJoules - before.packageJoules,
  );
  return joules === null || hostIntervals.length === 0
    ? missing('the energy counter of the CPU (RAPL) can not be read here')
    : { joules, method: 'energy counter of the CPU packages (RAPL), all processes' };
}

function ofGpu(samples: readonly GpuSample[] | undefined, wanted: string): GpuSample[] {
  return (samples ?? []).filter(({ uuid }) => uuid === wanted);
}

// Between the samples nearest to the span, outside of it: a little more time than the request took.
function counterRise(samples: readonly GpuSample[], span: Span | undefined): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (span === undefined || first === undefined || last === undefined || first === last) return null;
  if (first.energyJoules === null || last.energyJoules === null) return null;
  if (first.atNs > span.fromNs || last.atNs < span.toNs) return null;
  const joules = last.energyJoules - first.energyJoules;
  // A driver that was loaded anew starts at zero; a counter that stands still is broken.
  return joules > 0 ? joules : null;
}

// Trapezoids between samples, cut at the ends of the span.
function integral(samples: readonly GpuSample[], { fromNs, toNs }: Span): number | null {
  let joules = 0;
  let coveredNs = 0;
  for (const [place, after] of samples.entries()) {
    const before = samples[place - 1];
    if (before === undefined || before.powerWatts === null || after.powerWatts === null) continue;
    if (after.atNs - before.atNs > largestGapNs) return null;
    const startNs = Math.max(fromNs, before.atNs);
    const endNs = Math.min(toNs, after.atNs);
    if (endNs <= startNs) continue;
    const wattsAt = powerBetween(before.powerWatts, after.powerWatts, { fromNs: before.atNs, toNs: after.atNs });
    joules += ((wattsAt(startNs) + wattsAt(endNs)) / 2) * ((endNs - startNs) / 1e9);
    coveredNs += endNs - startNs;
  }
  // The last sample may be missing where the run ended with the request: the mean power of the rest stands for that time.
  const spanNs = toNs - fromNs;
  return coveredNs >= 0.9 * spanNs ? joules * (spanNs / coveredNs) : null;
}

function powerBetween(beforeWatts: number, afterWatts: number, { fromNs, toNs }: Span): (atNs: number) => number {
  return (atNs) => beforeWatts + ((afterWatts - beforeWatts) * (atNs - fromNs)) / (toNs - fromNs);
}

function sumOf<Item>(items: readonly Item[], value: (item: Item, place: number) => number | null): number | null {
  let sum = 0;
  for (const [place, item] of items.entries()) {
    const one = value(item, place);
    if (one === null) return null;
    sum += one;
  }
  return sum;
}
