import type { SpeedProbe } from '../../contract/engine.ts';
import type { WorkerAnswer } from './messages.ts';

const longestPrompt = 512;
const shortPrompt = 32;
const decodeTokens = 16;
const budgetNs = 6e9;

export interface SpeedProbeInput {
  /** A real request outside the measurement; throws when it fails. */
  readonly answer: (promptTokens: number, outputTokens: number) => Promise<WorkerAnswer>;
  /** Prompt + generation that the model holds. */
  readonly maxLength: number;
}

/** Speed at a prompt of 512 tokens, or at as many as some seconds are enough for. */
export async function probeSpeed({ answer, maxLength }: SpeedProbeInput): Promise<SpeedProbe> {
  const longest = Math.max(1, Math.min(longestPrompt, maxLength - decodeTokens));
  const short = Math.min(shortPrompt, longest);
  // The first pass of a process is slow: kernels are chosen and memory is fetched.
  await answer(short, 2);
  const first = await answer(short, 2);
  const fitting = Math.floor((short * budgetNs) / Math.max(1, first.tokenNs[0] ?? 1));
  const promptTokens = Math.max(short, Math.min(longest, fitting));
  const { tokenNs } = await answer(promptTokens, decodeTokens);
  const firstNs = tokenNs[0] ?? 0;
  return {
    prefillTokensPerSecond: (promptTokens * 1e9) / firstNs,
    decodeTokensPerSecond: ((tokenNs.length - 1) * 1e9) / ((tokenNs.at(-1) ?? firstNs) - firstNs),
    atPromptTokens: promptTokens,
  };
}
