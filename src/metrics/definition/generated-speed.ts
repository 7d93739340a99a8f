import { defineMetric } from '../define-metric.ts';
import { noOutputCount, tokenSpan } from '../token-span.ts';

/** Generated tokens by the whole time, in tokens/s: `Speed` of the Qwen2.5 scripts and EvalScope's `Speed(tokens/s)`. */
export const generatedSpeed = defineMetric({
  id: 'generated_speed',
  label: 'Generated speed',
  unit: 'tokens/s',
  better: 'higher',
  formula: 'G / (tn - t0)',
  rate: (record) => {
    const span = tokenSpan(record);
    if ('missing' in span) return span;
    return record.outputTokens === null
      ? noOutputCount
      : { tokens: record.outputTokens, ns: span.lastNs - span.sentNs };
  },
});
