/** How busy the main thread was while it sent a warm-up pass alone. */
export interface ThreadLoad {
  /** Share of the time in which its event loop did not wait; 0 to 1. */
  readonly busy: number;
  readonly durationMs: number;
  /** Cores that this process may use. */
  readonly cores: number;
  /** Requests in flight; Infinity in an open loop. */
  readonly parallel: number;
}

const shortestMs = 200;
const busyLimit = 0.6;
const aimedShare = 0.5;
// Above this nobody knows how much more the load would have asked for: it is taken to be twice as much.
const saturation = 0.95;

/**
 * Threads that a load needs, each about half busy. 1 where the pass was too short to tell, and on two cores, where a second
 * client thread gained 6 % CPU and doubled the 99th percentile of the stamps' error. One core is left to the main thread.
 */
export function threadsFor({ busy, durationMs, cores, parallel }: ThreadLoad): number {
  if (durationMs < shortestMs || busy <= busyLimit || cores < 3) return 1;
  const load = busy >= saturation ? 2 : busy;
  return Math.min(Math.ceil(load / aimedShare), cores - 1, parallel);
}
