import type { SeriesId, TimeSeries } from '../../contract/report-details.ts';
import type { GpuSample, HostSample, TelemetrySample } from '../../contract/telemetry.ts';
import { significant } from './significant.ts';

const mostPoints = 240;

/** What was sampled of the machine, over the run. Readings that it doesn't give make no series. */
export function machineSeries(samples: readonly TelemetrySample[]): TimeSeries[] {
  const inTime = samples.toSorted((one, other) => one.atNs - other.atNs);
  const host = evenly(inTime.filter((sample) => sample.kind === 'host'));
  const gpu = inTime.filter((sample) => sample.kind === 'gpu');
  const devices = [...new Set(gpu.map(({ uuid }) => uuid))];
  return [...hostSeries(host), ...devices.flatMap((uuid) => gpuSeries(uuid, gpu))].filter(
    ({ values }) => values.length >= 2,
  );
}

// Counters are cumulative: between samples that are kept nothing is lost.
function evenly<Sample>(samples: readonly Sample[]): Sample[] {
  const every = Math.max(1, Math.ceil(samples.length / mostPoints));
  return samples.filter((_, index) => index % every === 0);
}

function hostSeries(samples: readonly HostSample[]): TimeSeries[] {
  const cores = (ms: (sample: HostSample) => number | null): [number, number][] =>
    samples.flatMap((after, index): [number, number][] => {
      const before = samples[index - 1];
      const [low, high] = [before === undefined ? null : ms(before), ms(after)];
      if (before === undefined || low === null || high === null || after.atNs <= before.atNs) return [];
      const share = ((high - low) * 1e6) / (after.atNs - before.atNs);
      return [[(after.atNs + before.atNs) / 2, Math.max(0, share)]];
    });
  const others = cores(({ busyMs, ownMs }) => (busyMs === null || ownMs === null ? null : busyMs - ownMs));
  const stolen = cores(({ stealMs }) => stealMs);
  return [
    series(
      { id: 'own-cpu', label: 'Tokometer and the engine', unit: 'cores' },
      cores(({ ownMs }) => ownMs),
    ),
    series({ id: 'other-cpu', label: 'Other processes', unit: 'cores' }, others),
    ...(stolen.some(([, share]) => share > 0)
      ? [series({ id: 'stolen-cpu', label: 'Other machines', unit: 'cores' }, stolen)]
      : []),
  ];
}

const gpuReadings: readonly {
  readonly id: SeriesId;
  readonly label: string;
  readonly unit: string;
  readonly read: (sample: GpuSample) => number | null;
}[] = [
  { id: 'gpu-use', label: 'GPU utilisation', unit: '%', read: (one) => one.utilizationPercent },
  { id: 'gpu-power', label: 'GPU power', unit: 'W', read: (one) => one.powerWatts },
  { id: 'gpu-clock', label: 'GPU core clock', unit: 'MHz', read: (one) => one.coreMhz },
  {
    id: 'gpu-memory',
    label: 'GPU memory in use',
    unit: 'GiB',
    read: (one) => (one.memoryUsedBytes === null ? null : one.memoryUsedBytes / 2 ** 30),
  },
];

function gpuSeries(uuid: string, samples: readonly GpuSample[]): TimeSeries[] {
  const own = evenly(samples.filter((sample) => sample.uuid === uuid));
  return gpuReadings.map(({ read, ...named }) => {
    const points = own.flatMap((sample): [number, number][] => {
      const value = read(sample);
      return value === null ? [] : [[sample.atNs, value]];
    });
    return { ...series(named, points), device: uuid };
  });
}

function series(
  named: { readonly id: SeriesId; readonly label: string; readonly unit: string },
  points: readonly (readonly [number, number])[],
): TimeSeries {
  return {
    ...named,
    device: null,
    seconds: points.map(([atNs]) => Math.round(atNs / 1e6) / 1000),
    values: points.map(([, value]) => significant(value)),
  };
}
