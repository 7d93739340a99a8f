import type {
  GpuProcessesSample,
  GpuSample,
  HostSample,
  ServerSample,
  TelemetrySample,
} from '../../contract/telemetry.ts';
import type { RequestFacts } from '../request-facts.ts';

/** When something ran, in ns of the run's clock. */
export interface Span {
  readonly fromNs: number;
  readonly toNs: number;
}

/** Two neighbouring samples of the host between which a row was measured. */
export interface HostInterval {
  readonly before: HostSample;
  readonly after: HostSample;
}

/** The samples that the measured requests of a row overlap. */
export interface RowSamples {
  readonly spans: readonly Span[];
  readonly hostIntervals: readonly HostInterval[];
  /** Taken while a request was in flight. */
  readonly hostInFlight: readonly HostSample[];
  readonly gpu: readonly GpuSample[];
  /** For each span the samples in it, the last before and the first after it. */
  readonly gpuAround: readonly (readonly GpuSample[])[];
  readonly gpuProcesses: readonly GpuProcessesSample[];
}

/** Samples of a run by their kinds, each in order of time. */
export class TelemetryIndex {
  readonly #host: readonly HostSample[];
  readonly #gpu: readonly GpuSample[];
  readonly #gpuProcesses: readonly GpuProcessesSample[];
  /** Counters of the server, in order of time. */
  readonly server: readonly ServerSample[];

  constructor(samples: readonly TelemetrySample[]) {
    const inTime = samples.toSorted((one, other) => one.atNs - other.atNs);
    this.#host = inTime.filter((sample) => sample.kind === 'host');
    this.#gpu = inTime.filter((sample) => sample.kind === 'gpu');
    this.#gpuProcesses = inTime.filter((sample) => sample.kind === 'gpu-processes');
    this.server = inTime.filter((sample) => sample.kind === 'server');
  }

  /** `measured`: the measured requests of one row. */
  of(measured: readonly RequestFacts[]): RowSamples {
    const spans = joined(measured.map(({ sentNs, endNs }) => ({ fromNs: sentNs, toNs: endNs })));
    return {
      spans,
      hostIntervals: this.#intervals(spans),
      hostInFlight: within(this.#host, spans).filter((sample) => sample.inFlight),
      gpu: within(this.#gpu, spans),
      gpuAround: spans.map((span) => this.#around(span)),
      gpuProcesses: this.#processesBeside(spans),
    };
  }

  // Samples lie just before and just after requests; an interval of which a row has the smaller part is another's.
  #intervals(spans: readonly Span[]): HostInterval[] {
    const intervals: HostInterval[] = [];
    let place = 0;
    for (const [index, after] of this.#host.entries()) {
      const before = this.#host[index - 1];
      if (before === undefined) continue;
      while ((spans[place]?.toNs ?? Infinity) <= before.atNs) place++;
      let overlapNs = 0;
      for (let at = place; (spans[at]?.fromNs ?? Infinity) < after.atNs; at++) {
        const { fromNs = 0, toNs = 0 } = spans[at] ?? {};
        overlapNs += Math.min(toNs, after.atNs) - Math.max(fromNs, before.atNs);
      }
      if (overlapNs * 2 > after.atNs - before.atNs) intervals.push({ before, after });
    }
    return intervals;
  }

  #around({ fromNs, toNs }: Span): GpuSample[] {
    const uuids = new Set(this.#gpu.map(({ uuid }) => uuid));
    return [...uuids].flatMap((uuid) => {
      const own = this.#gpu.filter((sample) => sample.uuid === uuid);
      return own.filter(
        (_, place) => (own[place + 1]?.atNs ?? Infinity) > fromNs && (own[place - 1]?.atNs ?? -Infinity) < toNs,
      );
    });
  }

  // The last list before a request, the first after it, and any between.
  #processesBeside(spans: readonly Span[]): GpuProcessesSample[] {
    const lists = this.#gpuProcesses;
    return lists.filter((list, index) =>
      spans.some(({ fromNs, toNs }) => {
        const next = lists[index + 1]?.atNs ?? Infinity;
        const previous = lists[index - 1]?.atNs ?? -Infinity;
        return list.atNs <= fromNs ? next > fromNs : list.atNs < toNs || previous < toNs;
      }),
    );
  }
}

function within<Sample extends { readonly atNs: number }>(
  samples: readonly Sample[],
  spans: readonly Span[],
): Sample[] {
  let place = 0;
  return samples.filter(({ atNs }) => {
    while ((spans[place]?.toNs ?? Infinity) < atNs) place++;
    return (spans[place]?.fromNs ?? Infinity) <= atNs;
  });
}

// Under load thousands of requests overlap: together they are few spans.
function joined(spans: readonly Span[]): Span[] {
  const result: { fromNs: number; toNs: number }[] = [];
  for (const span of spans.toSorted((one, other) => one.fromNs - other.fromNs)) {
    const last = result.at(-1);
    if (last !== undefined && span.fromNs <= last.toNs) last.toNs = Math.max(last.toNs, span.toNs);
    else result.push({ ...span });
  }
  return result;
}
