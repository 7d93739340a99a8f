import type { Interval, Spread } from '../contract/summary.ts';
import { mean } from '../stats/mean.ts';
import { median, quantile } from '../stats/quantile.ts';
import { totalRate } from '../stats/rate-interval.ts';
import { standardDeviation } from '../stats/standard-deviation.ts';
import { startInterval, startRateInterval } from '../stats/start-interval.ts';
import type { StartInterval } from '../stats/start-interval.ts';
import type { RateSample } from '../stats/unit-time.ts';
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
  const { found, executions, reason } = collect(requests, time);
  if (found.length === 0) return noMeasurement(reason, 'mean');
  const raw = found.map((ns) => ns / 1e6);
  return {
    value: mean(raw),
    reason: null,
    n: raw.length,
    method: 'mean',
    interval: timeInterval(raw, executions),
    spread: spreadOf(raw),
    percentiles: [],
    raw,
    executions,
  };
}

/** All tokens by all time, in tokens/s. */
export function rateMeasurement(
  requests: readonly RequestFacts[],
  rate: (request: RequestFacts) => TokensInTime | Missing,
): Measurement {
  const { found, executions, reason } = collect(requests, (request) => inPositiveTime(rate(request)));
  if (found.length === 0) return noMeasurement(reason, 'sum over sum');
  const samples = found.map(({ tokens, ns }) => ({ amount: tokens, time: ns / 1e9 }));
  const raw = samples.map(({ amount, time }) => amount / time);
  return {
    value: totalRate(samples),
    reason: null,
    n: raw.length,
    method: 'sum over sum',
    interval: rateInterval(samples, executions),
    spread: spreadOf(raw),
    percentiles: [],
    raw,
    executions,
  };
}

/** Mean of counts; a count is no estimate, so it has no interval. */
export function countMeasurement(
  requests: readonly RequestFacts[],
  count: (request: RequestFacts) => number | Missing,
): Measurement {
  const { found, executions, reason } = collect(requests, count);
  if (found.length === 0) return noMeasurement(reason, 'mean');
  return {
    value: mean(found),
    reason: null,
    n: found.length,
    method: 'mean',
    interval: null,
    spread: spreadOf(found),
    percentiles: [],
    raw: found,
    executions,
  };
}

/** A value that can't be given. */
export function noMeasurement(reason: string, method: string): Measurement {
  return { value: null, reason, n: 0, method, interval: null, spread: null, percentiles: [], raw: [], executions: [] };
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

function collect<Value extends number | TokensInTime>(
  requests: readonly RequestFacts[],
  measure: (request: RequestFacts) => Value | Missing,
): { found: Value[]; executions: number[]; reason: string } {
  const found: Value[] = [];
  const executions: number[] = [];
  let reason = noRequest;
  for (const request of requests) {
    const value = measure(request);
    if (isMissing(value)) reason = value.missing;
    else {
      found.push(value);
      executions.push(request.execution);
    }
  }
  return { found, executions, reason };
}

/** Interval of a mean of times; each in its execution. */
export function timeInterval(times: readonly number[], executions: readonly number[]): Interval | null {
  const samples = times.map((time, place) => ({ amount: 1, time, execution: executions[place] ?? 1 }));
  return described(startInterval(samples, level), 'times');
}

/** Interval of a total rate; each of its samples in its execution. */
export function rateInterval(samples: readonly RateSample[], executions: readonly number[]): Interval | null {
  const started = samples.map((sample, place) => ({ ...sample, execution: executions[place] ?? 1 }));
  return described(startRateInterval(started, level), 'times per unit of work, inverted');
}

function described(found: StartInterval | null, on: string): Interval | null {
  if (found === null) return null;
  const { low, high, covers, method, n } = found;
  const over = covers === 'executions' ? `means of ${n} starts, ` : '';
  return { low, high, level, method: `${method} on ${over}${on}`, covers };
}
