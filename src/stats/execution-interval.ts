import { rateInterval, ratioInterval, type RateSample } from './rate-interval.ts';
import type { Limits } from './t-interval.ts';

/**
 * Hierarchical interval of a mean time at `level`: Student's t over the means of the executions, each counted by its
 * repetitions (a cluster sample: Cochran, Sampling Techniques, 9A), so that the mean of all lies inside. Repetitions of one
 * start don't narrow it by themselves: they are no independent samples of starts. null for fewer than two executions.
 */
export function executionTimeInterval(executions: readonly (readonly number[])[], level: number): Limits | null {
  const clusters = executions
    .filter((times) => times.length > 0)
    .map((times) => ({ amount: times.length, time: times.reduce((sum, time) => sum + time, 0) }));
  return ratioInterval(clusters, level);
}

/** The same of a total rate, on times and inverted. null too where the times scatter so much that it has no upper limit. */
export function executionRateInterval(executions: readonly (readonly RateSample[])[], level: number): Limits | null {
  const clusters = executions.filter((samples) => samples.length > 0).map(totalOf);
  return rateInterval(clusters, level);
}

function totalOf(samples: readonly RateSample[]): RateSample {
  let amount = 0;
  let time = 0;
  for (const sample of samples) {
    amount += sample.amount;
    time += sample.time;
  }
  return { amount, time };
}
