import type { SpeedProbe } from '../contract/engine.ts';

export interface LengthsToScale {
  /** Of each cell, as planned. */
  readonly promptTokens: readonly number[];
  readonly outputTokens: number;
  /** Passes of each cell, warm-ups and repetitions together. */
  readonly passes: number;
  readonly speed: SpeedProbe;
  readonly budgetMs: number;
}

export interface ScaledLengths {
  /** In the order of the plan. */
  readonly promptTokens: number[];
  readonly outputTokens: number;
  /** At most 1: lengths are never made longer. */
  readonly factor: number;
  /** What all passes are expected to take at these lengths. */
  readonly predictedMs: number;
}

const step = 16;
/** Below this, a decode speed is little more than its first tokens. */
const fewOutputTokens = 32;
// Attention grows with the context. Both figures are those of a 0.5B model on two CPU cores (seen: 3,350 and 1,600 to
// 1,900), where it soon outweighs the matrix products; a larger model or an accelerator slows down later.
const contextThatDoublesPrefill = 3000;
const contextThatDoublesDecode = 1500;

/**
 * Scales prompt and generated lengths by the largest common factor at which all passes fit the budget. A prompt of 1 stays
 * 1; the others become multiples of 16, as distinct and in the same order as planned. When even the shortest lengths don't
 * fit, those are returned.
 */
export function scaleLengths(input: LengthsToScale): ScaledLengths {
  const lengthsAt = (factor: number, minimumOutput: number): ScaledLengths => {
    const promptTokens = scalePrompts(input.promptTokens, factor);
    const outputTokens = scaleOutput(input.outputTokens, factor, minimumOutput);
    return { promptTokens, outputTokens, factor, predictedMs: predictMs(promptTokens, outputTokens, input) };
  };
  const planned = {
    promptTokens: [...input.promptTokens],
    outputTokens: input.outputTokens,
    factor: 1,
    predictedMs: predictMs(input.promptTokens, input.outputTokens, input),
  };
  if (planned.predictedMs <= input.budgetMs) return planned;
  const minimumOutput = lengthsAt(0, fewOutputTokens).predictedMs <= input.budgetMs ? fewOutputTokens : step;
  let low = 0;
  let high = 1;
  for (let round = 0; round < 40; round++) {
    const middle = (low + high) / 2;
    if (lengthsAt(middle, minimumOutput).predictedMs <= input.budgetMs) low = middle;
    else high = middle;
  }
  return lengthsAt(low, minimumOutput);
}

function predictMs(
  promptTokens: readonly number[],
  outputTokens: number,
  { speed, passes }: Pick<LengthsToScale, 'speed' | 'passes'>,
): number {
  return promptTokens.reduce((sum, prompt) => sum + passMs(prompt, outputTokens, speed), 0) * passes;
}

/** What a request is expected to take, by a probe at a shorter length. */
export function passMs(promptTokens: number, outputTokens: number, speed: SpeedProbe): number {
  const beyondProbe = Math.max(0, promptTokens - speed.atPromptTokens);
  const prefill = (promptTokens / speed.prefillTokensPerSecond) * (1 + beyondProbe / contextThatDoublesPrefill);
  const meanContext = promptTokens + outputTokens / 2;
  const decode = (outputTokens / speed.decodeTokensPerSecond) * (1 + meanContext / contextThatDoublesDecode);
  return 1000 * (prefill + decode);
}

/** Multiples of 16 near the scaled lengths, as distinct and in the same order; 1 stays 1. */
export function scalePrompts(planned: readonly number[], factor: number): number[] {
  const scaled = new Map<number, number>();
  let shortest = step;
  for (const length of [...new Set(planned)].toSorted((one, other) => one - other)) {
    // A length near its neighbour stays at most as planned, which keeps it distinct too.
    const value = length === 1 ? 1 : Math.min(length, Math.max(shortest, roundToStep(length * factor)));
    scaled.set(length, value);
    if (length !== 1) shortest = value + step;
  }
  return planned.map((length) => scaled.get(length) ?? length);
}

function scaleOutput(planned: number, factor: number, minimum: number): number {
  return Math.min(planned, Math.max(minimum, roundToStep(planned * factor)));
}

function roundToStep(length: number): number {
  return Math.round(length / step) * step;
}
