import type { SummaryValue } from '../contract/summary.ts';
import type { Measurement } from './define-metric.ts';

/** A value times a constant: its interval, spread and raw values with it. `method` says what it was multiplied by. */
export function scaled(value: SummaryValue, factor: number, method: string): Measurement {
  const { interval, spread } = value;
  const times = (number: number): number => number * factor;
  return {
    value: value.value === null ? null : times(value.value),
    reason: value.reason,
    n: value.n,
    method,
    interval: interval === null ? null : { ...interval, low: times(interval.low), high: times(interval.high) },
    spread:
      spread === null
        ? null
        : {
            min: times(spread.min),
            median: times(spread.median),
            max: times(spread.max),
            standardDeviation: spread.standardDeviation === null ? null : times(spread.standardDeviation),
          },
    percentiles: [],
    raw: value.raw.map(times),
    executions: value.executions,
  };
}
