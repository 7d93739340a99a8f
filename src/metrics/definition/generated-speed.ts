import { defineMetric } from '../define-metric.ts';
import { noOutputCount } from '../token-span.ts';

/** Generated tokens by the whole time, in tokens/s: `Speed` of the Qwen2.5 scripts and EvalScope's `Speed(tokens/s)`. */
export const generatedSpeed = defineMetric({
  id: 'generated_speed',
  label: 'Generated speed',
  unit: 'tokens/s',
  better: 'higher',
  formula: 'G / (tn - t0)',
  rate: (request) => {
    const { span } = request;
    if ('missing' in span) return span;
    return request.outputTokens === null
      ? noOutputCount
      : { tokens: request.outputTokens, ns: span.lastNs - span.sentNs };
  },
});
