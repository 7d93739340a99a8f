/** Facts of the machine and the software, written to environment.json. Secrets never enter it. */
export interface EnvironmentFacts {
  readonly v: 1;
  readonly tokometer: string;
  readonly node: string;
  readonly startedAt: string;
  /** CLOCK_MONOTONIC in nanoseconds at the run clock's zero, as text: aligns stamps with other processes. */
  readonly monotonicOriginNs: string;
  readonly os: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly hostCpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly container: string | null;
  readonly loadAverage: readonly number[];
  readonly cpuGovernor: string | null;
  readonly commandLine: readonly string[];
}
