import type { WarmupEnd } from '../contract/protocol.ts';
import { steadiness } from '../stats/steadiness.ts';

/** Warm-up passes of one cell so far. */
export interface WarmupState {
  /** Time of each for one generated token; null where a pass gave none. */
  readonly timesMs: readonly (number | null)[];
  readonly elapsedMs: number;
  /** What another one is expected to take. */
  readonly nextMs: number;
}

export interface WarmupLimits {
  readonly untilSteady: boolean;
  readonly most: number;
  /** Another pass must end within this. */
  readonly mostMs: number;
}

export type WarmupDecision = Pick<WarmupEnd, 'steady' | 'reason' | 'spread'>;

/** Whether the warm-up of a cell is over: null, or how it ended. */
export function decideWarmup(state: WarmupState, limits: WarmupLimits): WarmupDecision | null {
  const times = state.timesMs.filter((time) => time !== null);
  const { by, spread } = steadiness(times);
  if (!limits.untilSteady) {
    return state.timesMs.length >= limits.most ? { steady: null, reason: 'fixed', spread } : null;
  }
  // What fails cold seldom mends by itself, and measured requests will tell.
  if (times.length < state.timesMs.length) return { steady: false, reason: 'failed', spread };
  if (by !== null) return { steady: true, reason: by, spread };
  if (times.length >= limits.most) return { steady: false, reason: 'most-passes', spread };
  if (state.elapsedMs + state.nextMs > limits.mostMs) return { steady: false, reason: 'time', spread };
  return null;
}
