import type { SpeedProbe } from '../../contract/engine.ts';
import type { Threads } from './llama-runtime.ts';
import { timeRequest, type ProbeInput } from './probe-request.ts';

const longestPrompt = 512;
const shortPrompt = 32;
const decodeTokens = 16;
const budgetMs = 6000;

/** Speed with these threads, at a prompt of 512 tokens, or at as many as some seconds are enough for. */
export async function probeSpeed(input: ProbeInput, threads: Threads): Promise<SpeedProbe> {
  const longest = Math.max(1, Math.min(longestPrompt, input.contextTokens - decodeTokens));
  const short = Math.min(shortPrompt, longest);
  const first = await timeRequest(input, { promptTokens: short, outputTokens: 2, threads, limitMs: budgetMs });
  const fitting = Math.floor((short * budgetMs * 1e6) / Math.max(1, first.prefillNs));
  const promptTokens = Math.max(short, Math.min(longest, fitting));
  const timed = await timeRequest(input, { promptTokens, outputTokens: decodeTokens, threads, limitMs: budgetMs });
  return {
    prefillTokensPerSecond: (promptTokens * 1e9) / timed.prefillNs,
    decodeTokensPerSecond: (timed.decodeTokens * 1e9) / timed.decodeNs,
    atPromptTokens: promptTokens,
  };
}
