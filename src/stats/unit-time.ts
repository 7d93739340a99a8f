/** So much work in so much time. */
export interface RateSample {
  readonly amount: number;
  readonly time: number;
}

/** Mean time of one unit of work, with its standard error and the degrees of freedom of that. */
export interface UnitTime {
  readonly time: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
}

/**
 * Total time by total amount, and its standard error: that of the ratio estimator (Cochran, Sampling Techniques, 6.4). With
 * amounts of 1 these are the mean and its usual standard error. Null for fewer than two samples.
 */
export function unitTime(samples: readonly RateSample[]): UnitTime | null {
  const n = samples.length;
  if (n < 2) return null;
  let amount = 0;
  let time = 0;
  for (const sample of samples) {
    amount += sample.amount;
    time += sample.time;
  }
  const each = time / amount;
  let squares = 0;
  for (const sample of samples) squares += (sample.time - each * sample.amount) ** 2;
  const deviation = Math.sqrt(squares / (n - 1)) / (amount / n);
  return { time: each, standardError: deviation / Math.sqrt(n), degreesOfFreedom: n - 1 };
}
