import type { SpeedProbe } from '../contract/engine.ts';
import { passMs, scalePrompts } from './scale-lengths.ts';

export interface ProbesToShorten {
  /** Prompt lengths of the probes, rising. */
  readonly promptTokens: readonly number[];
  /** Measured passes of each. */
  readonly passes: number;
  readonly full: {
    readonly promptTokens: readonly number[];
    readonly outputTokens: number;
    /** Warm-ups and repetitions together. */
    readonly passes: number;
  };
  readonly speed: SpeedProbe;
  /** What the probe of the speed took; it counts. */
  readonly spentMs: number;
}

export interface ShortenedProbes {
  readonly promptTokens: readonly number[];
  readonly outputTokens: number;
  /** Probes that are warmed up: all, or the shortest alone. */
  readonly warmups: 'all' | 'first';
}

/** Of the full run's time. */
const share = 0.1;
/** Below this the mean time of a token is little more than its first ones. */
const fewestOutputTokens = 32;
// Further down, what is predicted is too far from what was measured; then it takes longer than a tenth.
const smallestFactor = 0.3;

/**
 * Lengths of the probes of an estimate that take about a tenth of the full run. Where time allows it, all prompt lengths are as they
 * are, each is warmed up, and generations are as long as they can be (half of the full ones at most); else warm-ups go
 * first, and then prompts are scaled down by one factor.
 */
export function shortenProbes(input: ProbesToShorten): ShortenedProbes {
  const { promptTokens, full, speed, spentMs, passes } = input;
  const fullMs =
    full.passes * full.promptTokens.reduce((sum, prompt) => sum + passMs(prompt, full.outputTokens, speed), 0);
  // A probe of the speed that took most of the time must not take it all.
  const budgetMs = share * fullMs - Math.min(spentMs, (share * fullMs) / 2);
  const takesMs = (prompts: readonly number[], outputTokens: number, warmups: ShortenedProbes['warmups']): number => {
    const each = prompts.map((prompt) => passMs(prompt, outputTokens, speed));
    const all = each.reduce((sum, ms) => sum + ms, 0);
    return passes * all + (warmups === 'all' ? all : (each[0] ?? 0));
  };
  const fewest = Math.min(fewestOutputTokens, full.outputTokens);
  for (const warmups of ['all', 'first'] as const) {
    const fits = (outputTokens: number): boolean => takesMs(promptTokens, outputTokens, warmups) <= budgetMs;
    if (!fits(fewest)) continue;
    const most = Math.max(fewest, Math.floor(full.outputTokens / 2));
    return { promptTokens, outputTokens: largest(fewest, most, fits), warmups };
  }
  const steps = 1000;
  const factor = largest(
    smallestFactor * steps,
    steps - 1,
    (step) => takesMs(scalePrompts(promptTokens, step / steps), fewest, 'first') <= budgetMs,
  );
  return { promptTokens: scalePrompts(promptTokens, factor / steps), outputTokens: fewest, warmups: 'first' };
}

/** The largest integer that holds, of those up to `high`; `low` when none does. */
function largest(low: number, high: number, holds: (value: number) => boolean): number {
  let least = low;
  let most = high;
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (holds(middle)) least = middle;
    else most = middle - 1;
  }
  return least;
}
