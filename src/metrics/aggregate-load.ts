import type { Percentile } from '../contract/summary.ts';
import type { LogLinearHistogram } from '../stats/histogram.ts';
import { sortedQuantile } from '../stats/quantile.ts';
import { leastSample, percentileRanks } from '../stats/percentile-interval.ts';
import { totalRate } from '../stats/rate-interval.ts';
import { level, noMeasurement, noRequest, rateInterval, spreadOf, timeInterval } from './aggregate.ts';
import type { Measurement } from './define-metric.ts';
import { isMissing } from './missing.ts';
import type { Missing } from './missing.ts';
import { requestsByPass } from './passes.ts';
import type { PassTotals } from './passes.ts';
import type { RequestFacts } from './request-facts.ts';

const percents = [50, 90, 95, 99] as const;

/**
 * Times of requests under load, in ms; `time` gives nanoseconds. Mean and percentiles. The mean has an interval over passes,
 * none with one pass: requests that share a server at one moment are not independent.
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
  const passes = passMeans(requests, time);
  const raw = passes.map(({ ms }) => ms);
  const executions = passes.map(({ execution }) => execution);
  const sorted = sample.subarray(0, n).toSorted();
  const centre = sum / n;
  let squares = 0;
  for (const value of sorted) squares += (value - centre) ** 2;
  return {
    value: centre,
    reason: null,
    n,
    method: 'mean over requests',
    interval: timeInterval(raw, executions),
    spread: {
      min: sorted[0] ?? NaN,
      median: sortedQuantile(sorted, 0.5),
      max: sorted[n - 1] ?? NaN,
      standardDeviation: n < 2 ? null : Math.sqrt(squares / (n - 1)),
    },
    percentiles: percentilesOf(n, 'requests', (probabilities) =>
      probabilities.map((probability) => sortedQuantile(sorted, probability)),
    ).map((one) => ({ ...one, ...percentileInterval(sorted, one) })),
    raw,
    executions,
  };
}

/** The mean of each pass that has a value. */
function passMeans(
  requests: readonly RequestFacts[],
  time: (request: RequestFacts) => number | Missing,
): { ms: number; execution: number }[] {
  return requestsByPass(requests).flatMap((pass) => {
    let sum = 0;
    let count = 0;
    for (const request of pass) {
      const ns = time(request);
      if (isMissing(ns)) continue;
      sum += ns;
      count++;
    }
    return count === 0 ? [] : [{ ms: sum / count / 1e6, execution: pass[0]?.execution ?? 1 }];
  });
}

type WithoutInterval = Omit<Percentile, 'interval' | 'intervalReason'>;

// The limits are values of the sample itself. Requests that share a server are taken for independent, and the method says so.
function percentileInterval(
  sorted: Float64Array,
  { percent, value, reason }: WithoutInterval,
): Pick<Percentile, 'interval' | 'intervalReason'> {
  if (value === null) return { interval: null, intervalReason: reason };
  const ranks = percentileRanks(sorted.length, percent / 100, level);
  if (ranks === null) {
    const needed = leastSample(percent / 100, level);
    return { interval: null, intervalReason: `an interval needs ${needed} requests, and there are ${sorted.length}` };
  }
  const [low, high] = [sorted[ranks.low] ?? NaN, sorted[ranks.high] ?? NaN];
  const method = 'order statistics, as if requests were independent';
  return { interval: { low, high, level, method, covers: 'repetitions' }, intervalReason: null };
}

const gapsDepend = 'gaps of one answer are not independent, and no interval over them would hold';

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
    ).map((one) => ({ ...one, interval: null, intervalReason: one.reason ?? gapsDepend })),
    raw: [],
    executions: [],
  };
}

/**
 * An amount of whole passes by their time, or by another time of them, a second. With one pass there is no interval: nothing tells
 * how passes differ.
 */
export function passMeasurement(
  passes: readonly PassTotals[],
  amountOf: (pass: PassTotals) => number | Missing,
  nsOf: (pass: PassTotals) => number = (pass) => pass.ns,
): Measurement {
  const samples: { amount: number; time: number }[] = [];
  const executions: number[] = [];
  let reason = noRequest;
  for (const pass of passes) {
    const amount = amountOf(pass);
    if (isMissing(amount)) reason = amount.missing;
    else if (nsOf(pass) <= 0) reason = 'no time passed between its stamps';
    else {
      samples.push({ amount, time: nsOf(pass) / 1e9 });
      executions.push(pass.execution);
    }
  }
  const method = samples.length > 1 ? 'sum over sum of the passes' : 'one pass';
  if (samples.length === 0) return noMeasurement(reason, method);
  const raw = samples.map(({ amount, time }) => amount / time);
  return {
    value: totalRate(samples),
    reason: null,
    n: samples.length,
    method,
    interval: rateInterval(samples, executions),
    spread: spreadOf(raw),
    percentiles: [],
    raw,
    executions,
  };
}

// At least one value of the sample must lie beyond a percentile; else it would only be the maximum under another name.
function percentilesOf(
  n: number,
  noun: string,
  quantiles: (probabilities: readonly number[]) => readonly number[],
): WithoutInterval[] {
  const values = quantiles(percents.map((percent) => percent / 100));
  return percents.map((percent, place) => {
    const needed = Math.round(100 / (100 - percent));
    if (n < needed) return { percent, value: null, reason: `needs ${needed} ${noun}, and there are ${n}` };
    return { percent, value: values[place] ?? null, reason: null };
  });
}
