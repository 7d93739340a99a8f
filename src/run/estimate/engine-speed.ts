import type { RunClock } from '../../base/clock.ts';
import { TokometerError } from '../../base/errors.ts';
import { LiveCounters } from '../../base/live-counters.ts';
import type { Engine, SpeedProbe } from '../../contract/engine.ts';
import type { RequestRecord } from '../../contract/record.ts';
import type { RequestSource } from '../../contract/workload.ts';
import { answerRequest, prepareRequest } from '../../traffic/loop/answer-request.ts';

const longestPrompt = 512;
const probeTokens = 16;

/**
 * How fast an engine is, roughly: as it says itself, or else by two requests, of which the first one only warms it up.
 * `mostTokens`: prompt + generation that it must take. Throws E_ALL_FAILED when a request fails.
 */
export async function engineSpeed(input: {
  engine: Engine;
  source: RequestSource;
  clock: RunClock;
  signal: AbortSignal;
  mostTokens: number;
}): Promise<SpeedProbe> {
  const { engine, mostTokens } = input;
  if (engine.speed !== undefined) return engine.speed();
  const promptTokens = Math.max(1, Math.min(longestPrompt, mostTokens - probeTokens));
  await timeRequest(input, 0, promptTokens);
  const { sentNs, chunkNs } = await timeRequest(input, 1, promptTokens);
  const [firstNs, lastNs] = [chunkNs[0] ?? sentNs, chunkNs.at(-1) ?? sentNs];
  return {
    prefillTokensPerSecond: perSecond(promptTokens, firstNs - sentNs),
    decodeTokensPerSecond: perSecond(probeTokens - 1, lastNs - firstNs),
    atPromptTokens: promptTokens,
  };
}

async function timeRequest(
  { engine, source, clock, signal }: Parameters<typeof engineSpeed>[0],
  index: number,
  promptTokens: number,
): Promise<RequestRecord> {
  const sender = { engine, source, clock, signal, counters: new LiveCounters(), countSource: 'engine' as const };
  const item = {
    point: { index, promptTokens, outputTokens: probeTokens },
    cell: 'speed probe',
    execution: 1,
    repetition: 1,
    phase: 'warmup' as const,
    shard: 0,
  };
  const record = await answerRequest(sender, prepareRequest(sender, item));
  signal.throwIfAborted();
  if (record.outcome.status === 'ok') return record;
  throw new TokometerError('E_ALL_FAILED', `the probe of the speed failed: ${record.outcome.message ?? 'no message'}`, {
    hint: 'leave --estimate out to measure every row',
  });
}

function perSecond(tokens: number, ns: number): number {
  return (tokens * 1e9) / Math.max(1, ns);
}
