import type { GpuSample, HostSample } from '../../../src/contract/telemetry.ts';

/** A sample of an idle host. */
export const hostSample = (atMs: number, fields: Partial<HostSample> = {}): HostSample => ({
  kind: 'host',
  atNs: atMs * 1e6,
  inFlight: false,
  busyMs: 1000,
  ownMs: 500,
  stealMs: 0,
  throttledPeriods: 0,
  throttledMs: 0,
  loadAverage: 0.5,
  cpuMhz: null,
  governor: 'performance',
  cpuCelsius: 40,
  loopActiveMs: 10,
  timerLateMs: null,
  packageJoules: null,
  ...fields,
});

/** A sample of a GPU at work with steady clocks. */
export const gpuSample = (atMs: number, fields: Partial<GpuSample> = {}): GpuSample => ({
  kind: 'gpu',
  atNs: atMs * 1e6,
  uuid: 'GPU-1',
  utilizationPercent: 98,
  memoryUsedBytes: 2 ** 30,
  powerWatts: 300,
  energyJoules: null,
  coreMhz: 1980,
  memoryMhz: 3201,
  celsius: 52,
  slowdowns: [],
  powerCapped: false,
  ...fields,
});
