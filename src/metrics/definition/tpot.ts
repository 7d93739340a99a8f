import { spreadOf } from '../aggregate.ts';
import { sampleMeasurement } from '../aggregate-load.ts';
import { defineMetric, type Measurement, type RowFacts } from '../define-metric.ts';
import { isMissing } from '../missing.ts';
import type { Missing } from '../missing.ts';
import type { RequestFacts } from '../request-facts.ts';
import { decodeSpeed } from './decode-speed.ts';

/**
 * Time per output token after the first, in ms. Of a speed row exactly the inverse of decode speed, so that the two never
 * disagree; of a load row the mean of the requests' own, each weighing the same, with their percentiles.
 */
export const tpot = defineMetric({
  id: 'tpot',
  label: 'Time per output token',
  unit: 'ms',
  better: 'lower',
  formula: '(tn - t1) / (G - g1)',
  derived: (row) => {
    if (row.cell.kind === 'speed') return inverseOfDecodeSpeed(row);
    return sampleMeasurement(row.requests, tpotNs);
  },
});

/** Of one request, in nanoseconds. */
export function tpotNs(request: RequestFacts): number | Missing {
  const sample = decodeSpeed.rate(request);
  return isMissing(sample) ? sample : sample.ns / sample.tokens;
}

function inverseOfDecodeSpeed(row: RowFacts): Measurement {
  const speed = row.values[decodeSpeed.id];
  const raw = speed?.raw.map(inverted) ?? [];
  const interval = speed?.interval ?? null;
  return {
    value: typeof speed?.value === 'number' ? inverted(speed.value) : null,
    reason: speed?.reason ?? null,
    n: raw.length,
    method: 'sum over sum',
    interval:
      interval === null
        ? null
        : {
            ...interval,
            low: inverted(interval.high),
            high: inverted(interval.low),
            method: interval.method.replace(', inverted', ''),
          },
    spread: spreadOf(raw),
    percentiles: [],
    raw,
    executions: speed?.executions ?? [],
  };
}

function inverted(tokensPerSecond: number): number {
  return 1000 / tokensPerSecond;
}
