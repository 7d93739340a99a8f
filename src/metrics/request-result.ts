import type { RequestResult } from '../contract/summary.ts';
import { inPositiveTime } from './aggregate.ts';
import type { RateMetric, TimeMetric } from './define-metric.ts';
import { decodeSpeed } from './definition/decode-speed.ts';
import { generatedSpeed } from './definition/generated-speed.ts';
import { latency } from './definition/latency.ts';
import { totalSpeed } from './definition/total-speed.ts';
import { ttft } from './definition/ttft.ts';
import { isMissing } from './missing.ts';
import type { RequestFacts } from './request-facts.ts';

/** One request as the summary lists it. A failed one keeps its facts; of its values only the time to first token means something. */
export function requestResult(request: RequestFacts): RequestResult {
  const ok = request.outcome.status === 'ok';
  return {
    id: request.id,
    phase: request.phase,
    execution: request.execution,
    repetition: request.repetition,
    attempts: request.attempts,
    sentMs: request.sentNs / 1e6,
    connectMs: request.connectNs === null ? null : request.connectNs / 1e6,
    ttftMs: timeMs(request, ttft),
    latencyMs: ok ? timeMs(request, latency) : null,
    decodeSpeed: ok ? tokensPerSecond(request, decodeSpeed) : null,
    generatedSpeed: ok ? tokensPerSecond(request, generatedSpeed) : null,
    totalSpeed: ok ? tokensPerSecond(request, totalSpeed) : null,
    promptTokens: request.promptTokens,
    cachedTokens: request.cachedTokens,
    outputTokens: request.outputTokens,
    outcome: request.outcome,
  };
}

function timeMs(request: RequestFacts, metric: TimeMetric): number | null {
  const ns = metric.time(request);
  return isMissing(ns) ? null : ns / 1e6;
}

function tokensPerSecond(request: RequestFacts, metric: RateMetric): number | null {
  const sample = inPositiveTime(metric.rate(request));
  return isMissing(sample) ? null : sample.tokens / (sample.ns / 1e9);
}
