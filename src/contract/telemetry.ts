import type { ServerCounters } from './engine.ts';

/**
 * What was seen of the machine while a run went on: one line of telemetry.jsonl each. Times: nanoseconds of the run's
 * clock. A reading that this machine doesn't give is null; null is never zero.
 */
export type TelemetrySample = HostSample | GpuSample | GpuProcessesSample | ServerSample | UnavailableSample;

/** Counters of the host are cumulative: what happened in between is the difference of two samples. */
export interface HostSample {
  readonly kind: 'host';
  readonly atNs: number;
  /** A request was in flight; else the sample lies just before or just after one. */
  readonly inFlight: boolean;
  /** CPU time of all processes of the machine: user, nice and system, without interrupts. */
  readonly busyMs: number | null;
  /** CPU time of Tokometer, of the engine's processes and of all below them. */
  readonly ownMs: number | null;
  /** Time that the hypervisor gave to other machines while this one wanted it. */
  readonly stealMs: number | null;
  /** Periods and time in which the cgroup's quota held its processes back. */
  readonly throttledPeriods: number | null;
  readonly throttledMs: number | null;
  /** Of one minute. */
  readonly loadAverage: number;
  /** The fastest of the cores that are read. */
  readonly cpuMhz: number | null;
  readonly governor: string | null;
  readonly cpuCelsius: number | null;
  /** Time that the event loop of Tokometer was at work. */
  readonly loopActiveMs: number;
  /** By how much the sampler's own timer came late; null: it was not a timer that took this sample. */
  readonly timerLateMs: number | null;
  /** Energy of the CPU packages (RAPL). */
  readonly packageJoules: number | null;
}

/** What holds a GPU's clocks down beyond its power limit. */
export type GpuSlowdown = 'hardware slowdown' | 'thermal slowdown' | 'hardware thermal slowdown' | 'power brake';

export interface GpuSample {
  readonly kind: 'gpu';
  readonly atNs: number;
  readonly uuid: string;
  readonly utilizationPercent: number | null;
  readonly memoryUsedBytes: number | null;
  readonly powerWatts: number | null;
  /** Cumulative, where the tool has a counter. */
  readonly energyJoules: number | null;
  readonly coreMhz: number | null;
  readonly memoryMhz: number | null;
  readonly celsius: number | null;
  /** null: the tool does not tell. */
  readonly slowdowns: readonly GpuSlowdown[] | null;
  /** The power limit holds the clocks down: normal on many boards under full load. */
  readonly powerCapped: boolean | null;
}

/** Processes that compute on the engine's devices and belong neither to it nor to Tokometer. Read between requests. */
export interface GpuProcessesSample {
  readonly kind: 'gpu-processes';
  readonly atNs: number;
  /** null: can't be told; `reason` says why. */
  readonly foreign: readonly { readonly uuid: string; readonly pid: number | null; readonly name: string }[] | null;
  readonly reason: string | null;
}

/** The server's own counters, read just before and just after a pass. null: it told them before, and not this time. */
export interface ServerSample {
  readonly kind: 'server';
  readonly atNs: number;
  readonly counters: ServerCounters | null;
}

/** Something that can't be sampled here at all. */
export interface UnavailableSample {
  readonly kind: 'unavailable';
  readonly atNs: number;
  readonly source: 'gpu' | 'host';
  readonly reason: string;
}
