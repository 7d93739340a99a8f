import type { RequestRecord } from '../contract/record.ts';
import type { RequestResult } from '../contract/summary.ts';
import { inPositiveTime } from './aggregate.ts';
import { isMissing } from './define-metric.ts';
import type { RateMetric, TimeMetric } from './define-metric.ts';
import { decodeSpeed } from './definition/decode-speed.ts';
import { generatedSpeed } from './definition/generated-speed.ts';
import { latency } from './definition/latency.ts';
import { totalSpeed } from './definition/total-speed.ts';
import { ttft } from './definition/ttft.ts';

/** One request as the summary lists it. A failed one keeps its facts; of its values only the time to first token means something. */
export function requestResult(record: RequestRecord): RequestResult {
  const ok = record.outcome.status === 'ok';
  return {
    id: record.id,
    phase: record.phase,
    repetition: record.repetition,
    attempts: record.attempts,
    sentMs: record.sentNs / 1e6,
    connectMs: record.connectNs === null ? null : record.connectNs / 1e6,
    ttftMs: timeMs(record, ttft),
    latencyMs: ok ? timeMs(record, latency) : null,
    decodeSpeed: ok ? tokensPerSecond(record, decodeSpeed) : null,
    generatedSpeed: ok ? tokensPerSecond(record, generatedSpeed) : null,
    totalSpeed: ok ? tokensPerSecond(record, totalSpeed) : null,
    promptTokens: record.promptTokens,
    cachedTokens: record.cachedTokens,
    outputTokens: record.outputTokens,
    outcome: record.outcome,
  };
}

function timeMs(record: RequestRecord, metric: TimeMetric): number | null {
  const ns = metric.time(record);
  return isMissing(ns) ? null : ns / 1e6;
}

function tokensPerSecond(record: RequestRecord, metric: RateMetric): number | null {
  const sample = inPositiveTime(metric.rate(record));
  return isMissing(sample) ? null : sample.tokens / (sample.ns / 1e9);
}
