import { prefillFlops } from '../../catalog/model-cost.ts';
import type { Interval, Spread, SummaryValue } from '../../contract/summary.ts';
import { noMeasurement, noRequest } from '../aggregate.ts';
import { defineMetric } from '../define-metric.ts';
import { isMissing } from '../missing.ts';

const method = 'operations by the shape of the model / mean TTFT';

/** Operations a second until the first token, in TFLOP/s. As a client sees it: transport and one decode step are inside. */
export const prefillCompute = defineMetric({
  id: 'prefill_compute',
  label: 'Computing rate of prefill',
  unit: 'TFLOP/s',
  better: 'higher',
  formula:
    '(2 x parameters without embeddings x P + 2 x output projection + 2 x layers x heads x dimension x P x (P + 1)) / (t1 - t0) / 10^12; of a mixture the parameters that take part',
  derived: ({ cell, requests, values, roofline: { model } }) => {
    if (requests.length === 0) return noMeasurement(noRequest, method);
    if (isMissing(model)) return noMeasurement(model.missing, method);
    if (cell.parallel !== 1) return noMeasurement('requests in flight share the time', method);
    const prompt = values['prompt_tokens']?.value ?? null;
    const ttft = values['ttft'];
    if (prompt === null) return noMeasurement('the prompt tokens were not counted', method);
    if (prompt < 2) return noMeasurement('a prompt of one token is a decode step', method);
    if (ttft?.value == null || ttft.value <= 0) return noMeasurement(ttft?.reason ?? 'no time passed', method);
    // TFLOP a millisecond are 10^3 TFLOP/s.
    return { ...inverted(ttft, prefillFlops(model.shape, prompt) / 1e9), method };
  },
});

// A rate is an amount by each time: what was longest is slowest.
function inverted(times: SummaryValue, amount: number): ReturnType<typeof noMeasurement> {
  const { value, n, interval, spread, raw, executions } = times;
  const rate = (time: number): number => amount / time;
  return {
    value: value === null ? null : rate(value),
    reason: null,
    n,
    method,
    interval: invertedInterval(interval, rate),
    spread: invertedSpread(spread, rate),
    percentiles: [],
    raw: raw.filter((time) => time > 0).map(rate),
    executions: executions.filter((_, place) => (raw[place] ?? 0) > 0),
  };
}

function invertedInterval(interval: Interval | null, rate: (time: number) => number): Interval | null {
  if (interval === null || interval.low <= 0) return null;
  return { ...interval, low: rate(interval.high), high: rate(interval.low), method: `${interval.method}, inverted` };
}

function invertedSpread(spread: Spread | null, rate: (time: number) => number): Spread | null {
  if (spread === null || spread.min <= 0) return null;
  return { min: rate(spread.max), median: rate(spread.median), max: rate(spread.min), standardDeviation: null };
}
