import type { Percentile } from '../contract/summary.ts';
import type { LogLinearHistogram } from '../stats/histogram.ts';
import { sortedQuantile } from '../stats/quantile.ts';
import { leastSample, percentileInterval } from '../stats/percentile-interval.ts';
import { totalRate, type RateSample } from '../stats/rate-interval.ts';
import {
  level,
  noMeasurement,
  noRequest,
  rateIntervalOf,
  spreadOf,
  withMethod,
  type OfExecution,
} from './aggregate.ts';
import type { Measurement } from './define-metric.ts';
import { isMissing } from './missing.ts';
import type { Missing } from './missing.ts';
import type { PassTotals } from './passes.ts';
import type { RequestFacts } from './request-facts.ts';

const percents = [50, 90, 95, 99] as const;

/**
 * Times of requests under load, in ms; `time` gives nanoseconds. Mean and percentiles; the mean has no interval, since requests
 * that share a server at one moment are not independent, and intervals of percentiles say what they assume.
 */
export function sampleMeasurement(
  requests: readonly RequestFacts[],
  time: (request: RequestFacts) => number | Missing,
): Measurement {
  const sample = new Float64Array(requests.length);
  let n = 0;
  let sum = 0;
  let reason = noRequest;
  for (const request of requests) {
    const ns = time(request);
    if (isMissing(ns)) {
      reason = ns.missing;
      continue;
    }
    sample[n++] = ns / 1e6;
    sum += ns / 1e6;
  }
  if (n === 0) return noMeasurement(reason, 'mean over requests');
  const sorted = sample.subarray(0, n).toSorted();
  const centre = sum / n;
  let squares = 0;
  for (const value of sorted) squares += (value - centre) ** 2;
  return {
    value: centre,
    reason: null,
    n,
    method: 'mean over requests',
    interval: null,
    spread: {
      min: sorted[0] ?? NaN,
      median: sortedQuantile(sorted, 0.5),
      max: sorted[n - 1] ?? NaN,
      standardDeviation: n < 2 ? null : Math.sqrt(squares / (n - 1)),
    },
    percentiles: percentilesOf(n, 'requests', (probabilities) =>
      probabilities.map((probability) => sortedQuantile(sorted, probability)),
    ).map(withInterval(sorted)),
    raw: [],
  };
}

/** Gaps between tokens, in ms, from their histogram: the mean is exact, percentiles are within 0.1 %. */
export function gapMeasurement(gapsNs: LogLinearHistogram | null): Measurement {
  const method = 'mean over tokens';
  if (gapsNs === null || gapsNs.count === 0)
    return noMeasurement('no answer has two tokens with times of their own', method);
  const [median = NaN] = gapsNs.quantiles([0.5]);
  return {
    value: gapsNs.mean() / 1e6,
    reason: null,
    n: gapsNs.count,
    method,
    interval: null,
    spread: { min: gapsNs.min / 1e6, median: median / 1e6, max: gapsNs.max / 1e6, standardDeviation: null },
    percentiles: percentilesOf(gapsNs.count, 'gaps', (probabilities) =>
      gapsNs.quantiles(probabilities).map((ns) => ns / 1e6),
    ).map((percentile) => ({ ...percentile, interval: null, intervalReason: percentile.reason ?? gapsDepend })),
    raw: [],
  };
}

/** An amount of whole passes by their time, a second. With one pass there is no interval: nothing tells how passes differ. */
export function passMeasurement(
  passes: readonly PassTotals[],
  amountOf: (pass: PassTotals) => number | Missing,
): Measurement {
  const samples: OfExecution<RateSample>[] = [];
  let reason = noRequest;
  for (const pass of passes) {
    const amount = amountOf(pass);
    if (isMissing(amount)) reason = amount.missing;
    else if (pass.ns <= 0) reason = 'no time passed between its stamps';
    else samples.push({ execution: pass.execution, value: { amount, time: pass.ns / 1e9 } });
  }
  const method = samples.length > 1 ? 'sum over sum of the passes' : 'one pass';
  if (samples.length === 0) return noMeasurement(reason, method);
  const raw = samples.map(({ value: { amount, time } }) => amount / time);
  return {
    value: totalRate(samples.map(({ value }) => value)),
    reason: null,
    n: samples.length,
    method,
    interval: rateIntervalOf(samples, 'times of passes'),
    spread: spreadOf(raw),
    percentiles: [],
    raw,
  };
}

// At least one value of the sample must lie beyond a percentile; else it would only be the maximum under another name.
function percentilesOf(
  n: number,
  noun: string,
  quantiles: (probabilities: readonly number[]) => readonly number[],
): Omit<Percentile, 'interval' | 'intervalReason'>[] {
  const values = quantiles(percents.map((percent) => percent / 100));
  return percents.map((percent, place) => {
    const needed = Math.round(100 / (100 - percent));
    if (n < needed) return { percent, value: null, reason: `needs ${needed} ${noun}, and there are ${n}` };
    return { percent, value: values[place] ?? null, reason: null };
  });
}

// The limits are values of the sample itself. Requests that share a server are taken for independent, and the method says so.
function withInterval(sorted: Float64Array) {
  return (percentile: Omit<Percentile, 'interval' | 'intervalReason'>): Percentile => {
    if (percentile.value === null) return { ...percentile, interval: null, intervalReason: percentile.reason };
    const probability = percentile.percent / 100;
    const places = percentileInterval(sorted.length, probability, level);
    if (places === null) {
      const intervalReason = `an interval needs ${leastSample(probability, level)} requests, and there are ${sorted.length}`;
      return { ...percentile, interval: null, intervalReason };
    }
    const limits = { low: sorted[places.low] ?? NaN, high: sorted[places.high] ?? NaN };
    const interval = withMethod(limits, 'order statistics, as if requests were independent');
    return { ...percentile, interval, intervalReason: null };
  };
}

const gapsDepend = 'gaps of one answer are not independent, and no interval over them would hold';
