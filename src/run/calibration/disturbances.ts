import type { RunClock } from '../../base/clock.ts';
import type { HostSample } from '../../contract/telemetry.ts';
import { rowNoise } from '../../metrics/noise/row-noise.ts';
import { HostSampler } from '../../telemetry/host/host-sampler.ts';

/** Watches whether others are at work on the host, by the rules that hold for the rows of a run. */
export class Disturbances {
  readonly #sampler: HostSampler;
  readonly #intervals: { readonly before: HostSample; readonly after: HostSample }[] = [];

  constructor(clock: RunClock) {
    this.#sampler = new HostSampler(clock, []);
  }

  /** Does something, watched from its beginning to its end. Processes that it starts itself would be strangers. */
  async during<Result>(doing: () => Promise<Result>): Promise<Result> {
    const before = this.#sampler.sampleBetween();
    const result = await doing();
    this.#intervals.push({ before, after: this.#sampler.sampleBetween() });
    return result;
  }

  /** What there was, in clauses; empty: the host was quiet, or does not tell. */
  found(): string[] {
    const none = { spans: [], hostInFlight: [], gpu: [], gpuAround: [], gpuProcesses: [] };
    return rowNoise({ ...none, hostIntervals: this.#intervals }).map(({ reason, text }) => `${reason}: ${text}`);
  }

  close(): void {
    this.#sampler.close();
  }
}
