import type { Interval, Spread } from '../contract/summary.ts';
import { executionRateInterval, executionTimeInterval } from '../stats/execution-interval.ts';
import { mean } from '../stats/mean.ts';
import { median, quantile } from '../stats/quantile.ts';
import { rateInterval, totalRate, type RateSample } from '../stats/rate-interval.ts';
import { standardDeviation } from '../stats/standard-deviation.ts';
import { tInterval } from '../stats/t-interval.ts';
import type { Limits } from '../stats/t-interval.ts';
import type { Measurement, TokensInTime } from './define-metric.ts';
import { isMissing, missing } from './missing.ts';
import type { Missing } from './missing.ts';
import type { RequestFacts } from './request-facts.ts';

/** Of every interval. */
export const level = 0.95;

/** Reason of every value of a row without an answer. */
export const noRequest = 'no measured request succeeded';

/** Mean of times, in ms; `time` gives nanoseconds. */
export function timeMeasurement(
  requests: readonly RequestFacts[],
  time: (request: RequestFacts) => number | Missing,
): Measurement {
  const { found, reason } = collect(requests, time);
  if (found.length === 0) return noMeasurement(reason, 'mean');
  const raw = found.map(({ value }) => value / 1e6);
  const groups = byExecution(found.map(({ execution, value }) => ({ execution, value: value / 1e6 })));
  return {
    value: mean(raw),
    reason: null,
    n: raw.length,
    method: 'mean',
    interval:
      groups.length > 1
        ? withMethod(executionTimeInterval(groups, level), `t over ${groups.length} executions, on times`)
        : withMethod(tInterval(raw, level), 't on times'),
    spread: spreadOf(raw),
    percentiles: [],
    raw,
  };
}

/** All tokens by all time, in tokens/s. */
export function rateMeasurement(
  requests: readonly RequestFacts[],
  rate: (request: RequestFacts) => TokensInTime | Missing,
): Measurement {
  const { found, reason } = collect(requests, (request) => inPositiveTime(rate(request)));
  if (found.length === 0) return noMeasurement(reason, 'sum over sum');
  const samples = found.map(({ execution, value: { tokens, ns } }) => ({
    execution,
    value: { amount: tokens, time: ns / 1e9 },
  }));
  const raw = samples.map(({ value: { amount, time } }) => amount / time);
  return {
    value: totalRate(samples.map(({ value }) => value)),
    reason: null,
    n: raw.length,
    method: 'sum over sum',
    interval: rateIntervalOf(samples, 'times per token'),
    spread: spreadOf(raw),
    percentiles: [],
    raw,
  };
}

/** Mean of counts; a count is no estimate, so it has no interval. */
export function countMeasurement(
  requests: readonly RequestFacts[],
  count: (request: RequestFacts) => number | Missing,
): Measurement {
  const { found, reason } = collect(requests, count);
  if (found.length === 0) return noMeasurement(reason, 'mean');
  const raw = found.map(({ value }) => value);
  return {
    value: mean(raw),
    reason: null,
    n: raw.length,
    method: 'mean',
    interval: null,
    spread: spreadOf(raw),
    percentiles: [],
    raw,
  };
}

/** A value that can't be given. */
export function noMeasurement(reason: string, method: string): Measurement {
  return { value: null, reason, n: 0, method, interval: null, spread: null, percentiles: [], raw: [] };
}

/** How the raw values lie; null when there are none. */
export function spreadOf(raw: readonly number[]): Spread | null {
  if (raw.length === 0) return null;
  return {
    min: quantile(raw, 0),
    median: median(raw),
    max: quantile(raw, 1),
    standardDeviation: standardDeviation(raw),
  };
}

/** A rate of one request; a reason in place of a division by no time. */
export function inPositiveTime(sample: TokensInTime | Missing): TokensInTime | Missing {
  return !isMissing(sample) && sample.ns <= 0 ? missing('no time passed between its stamps') : sample;
}

/** A value and the execution it comes from. */
export interface OfExecution<Value> {
  readonly execution: number;
  readonly value: Value;
}

/** The 95 % interval of a total rate: over repetitions, or over executions where there are several. */
export function rateIntervalOf(samples: readonly OfExecution<RateSample>[], times: string): Interval | null {
  const groups = byExecution(samples);
  return groups.length > 1
    ? withMethod(executionRateInterval(groups, level), `t over ${groups.length} executions, on ${times}, inverted`)
    : withMethod(rateInterval(groups[0] ?? [], level), `t on ${times}, inverted`);
}

function byExecution<Value>(values: readonly OfExecution<Value>[]): Value[][] {
  const groups = new Map<number, Value[]>();
  for (const { execution, value } of values) {
    const group = groups.get(execution);
    if (group === undefined) groups.set(execution, [value]);
    else group.push(value);
  }
  return [...groups.values()];
}

function collect<Value extends number | TokensInTime>(
  requests: readonly RequestFacts[],
  measure: (request: RequestFacts) => Value | Missing,
): { found: OfExecution<Value>[]; reason: string } {
  const found: OfExecution<Value>[] = [];
  let reason = noRequest;
  for (const request of requests) {
    const value = measure(request);
    if (isMissing(value)) reason = value.missing;
    else found.push({ execution: request.execution, value });
  }
  return { found, reason };
}

/** Limits with their level and how they were made. */
export function withMethod(limits: Limits | null, method: string): Interval | null {
  return limits === null ? null : { ...limits, level, method };
}
