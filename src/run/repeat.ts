import type { StopDecision } from '../contract/protocol.ts';
import { totalRate } from '../stats/rate-interval.ts';
import { startRateInterval } from '../stats/start-interval.ts';
import type { RateSample } from '../stats/unit-time.ts';

const level = 0.95;
/** Before these, no interval is narrow enough to stop at: from three on, stopping at 2 % covered 90 in 100 in simulation, from five on 93 to 95. */
export const fewestForPrecision = 5;
const failuresThatEnd = 3;

/** A cell between two passes; or, where the engine is started anew, between two executions. */
export interface RepeatState {
  /** Of the main speed; a list for each execution. */
  readonly samples: readonly (readonly RateSample[])[];
  /** Measured passes, or executions, so far, failed ones included. */
  readonly done: number;
  readonly failedInARow: number;
  /** What another one is expected to take. */
  readonly nextMs: number;
}

export interface RepeatLimits {
  readonly most: number;
  readonly precision: number | null;
  readonly deadlineMs: number | null;
}

/** Whether a cell is measured again: null, or why not. A cell without a pass always is. */
export function decideRepeat(state: RepeatState, limits: RepeatLimits, nowMs: number): StopDecision | null {
  if (state.done === 0) return null;
  const { most, precision, deadlineMs } = limits;
  const isOpen = precision !== null || deadlineMs !== null;
  const halfWidth = isOpen ? relativeHalfWidth(state.samples) : null;
  if (precision !== null && halfWidth !== null && state.done >= fewestForPrecision && halfWidth <= precision) {
    return { reason: 'precision', halfWidth };
  }
  if (state.done >= most) return { reason: isOpen ? 'most' : 'repetitions', halfWidth };
  if (isOpen && state.failedInARow >= failuresThatEnd) return { reason: 'failing', halfWidth };
  if (deadlineMs !== null && nowMs + state.nextMs > deadlineMs) return { reason: 'time-budget', halfWidth };
  return null;
}

/** Half of the 95 % interval of a rate by the rate itself; null: there is none yet. */
export function relativeHalfWidth(samples: readonly (readonly RateSample[])[]): number | null {
  const started = samples.flatMap((ones, place) => ones.map((one) => ({ ...one, execution: place + 1 })));
  const limits = startRateInterval(started, level);
  return limits === null ? null : (limits.high - limits.low) / 2 / totalRate(samples.flat());
}
