import { spreadOf } from '../aggregate.ts';
import { defineMetric } from '../define-metric.ts';
import { decodeSpeed } from './decode-speed.ts';

/** Time per output token after the first, in ms: exactly the inverse of decode speed, so that the two never disagree. */
export const tpot = defineMetric({
  id: 'tpot',
  label: 'Time per output token',
  unit: 'ms',
  better: 'lower',
  formula: '(tn - t1) / (G - g1)',
  derived: (row) => {
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
          : { ...interval, low: inverted(interval.high), high: inverted(interval.low), method: 't on times per token' },
      spread: spreadOf(raw),
      raw,
    };
  },
});

function inverted(tokensPerSecond: number): number {
  return 1000 / tokensPerSecond;
}
