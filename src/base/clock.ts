/**
 * The run clock: nanoseconds since the run's start, monotonic. `performance.now` is CLOCK_MONOTONIC in milliseconds
 * since the process began; unlike `process.hrtime` it allocates nothing.
 */
export interface RunClock {
  /** CLOCK_MONOTONIC in nanoseconds at this clock's zero: aligns stamps of several processes on one machine. */
  readonly originNs: bigint;
  readonly nowNs: () => number;
}

/** Starts a clock at `originNs` of CLOCK_MONOTONIC, by default now. */
export function startRunClock(originNs: bigint = process.hrtime.bigint()): RunClock {
  const offsetMs = Number(processStartNs() - originNs) / 1e6;
  return { originNs, nowNs: () => (performance.now() + offsetMs) * 1e6 };
}

// The two clocks can't be read in one instant: the tightest of a few bracketed reads is right to some 100 ns.
function processStartNs(): bigint {
  let best = 0n;
  let bestWidthNs = Infinity;
  for (let attempt = 0; attempt < 20; attempt++) {
    const before = process.hrtime.bigint();
    const nowMs = performance.now();
    const after = process.hrtime.bigint();
    const widthNs = Number(after - before);
    if (widthNs < bestWidthNs) {
      bestWidthNs = widthNs;
      best = (before + after) / 2n - BigInt(Math.round(nowMs * 1e6));
    }
  }
  return best;
}
