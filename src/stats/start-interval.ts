import { seededRandom } from '../base/random.ts';
import { bootstrapTInterval } from './bootstrap-t.ts';
import { invertedLimits, unitTimeInterval } from './rate-interval.ts';
import type { Limits } from './t-interval.ts';
import type { RateSample } from './unit-time.ts';

/** Work in time, and in which life of the engine it was done. A plain time has the amount 1. */
export interface StartSample extends RateSample {
  readonly execution: number;
}

/** `repetitions`: how repetitions of one start scatter. `executions`: how starts of the engine scatter, repetitions within them. */
export type Covers = 'repetitions' | 'executions';

export interface StartInterval extends Limits {
  readonly covers: Covers;
  readonly method: 't' | 'bootstrap-t';
  /** Repetitions or executions that it rests on. */
  readonly n: number;
}

// Below this the resamples of a bootstrap have too few values to differ; far above it Student's t has no fault left to mend.
const fewestOfBootstrap = 10;
const mostOfBootstrap = 500;

/**
 * The samples that may count as independent: with two executions or more one for each, the total of its repetitions, so that
 * the rate over them is the mean of the executions; else the repetitions themselves.
 */
export function independentSamples(samples: readonly StartSample[]): { covers: Covers; samples: RateSample[] } {
  const totals = new Map<number, { amount: number; time: number }>();
  for (const { execution, amount, time } of samples) {
    const total = totals.get(execution);
    if (total === undefined) totals.set(execution, { amount, time });
    else {
      total.amount += amount;
      total.time += time;
    }
  }
  return totals.size > 1
    ? { covers: 'executions', samples: [...totals.values()] }
    : { covers: 'repetitions', samples: [...samples] };
}

/**
 * Interval at `level` of the time of one unit of work: over executions where there are two or more, else over repetitions;
 * Student's t, or bootstrap-t from 10 values on, with a fixed seed. Null for fewer than two values.
 */
export function startInterval(samples: readonly StartSample[], level: number): StartInterval | null {
  const independent = independentSamples(samples);
  const n = independent.samples.length;
  const { covers } = independent;
  if (n >= fewestOfBootstrap && n <= mostOfBootstrap) {
    const limits = bootstrapTInterval(independent.samples, level, seededRandom('bootstrap-t'));
    if (limits !== null) return { ...limits, covers, method: 'bootstrap-t', n };
  }
  const limits = unitTimeInterval(independent.samples, level);
  return limits === null ? null : { ...limits, covers, method: 't', n };
}

/** The same of the rate; null also where the times scatter so much that the rate has no upper limit. */
export function startRateInterval(samples: readonly StartSample[], level: number): StartInterval | null {
  const times = startInterval(samples, level);
  const limits = invertedLimits(times);
  return times === null || limits === null ? null : { ...times, ...limits };
}
