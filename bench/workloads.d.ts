/** A load of the benchmark; times of the server's script in microseconds. */
export interface Workload {
  readonly parallel: number;
  readonly requests: number;
  readonly tokens: number;
  readonly ttftUs: number;
  readonly itlUs: number;
}

export const workloads: Readonly<Record<string, Workload>>;
