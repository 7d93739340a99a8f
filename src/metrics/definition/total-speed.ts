import { defineMetric } from '../define-metric.ts';
import { noOutputCount, noPromptCount } from '../token-span.ts';

/** Prompt and generated tokens by the whole time, in tokens/s: `Speed` of the Qwen3 tables. */
export const totalSpeed = defineMetric({
  id: 'total_speed',
  label: 'Total speed',
  unit: 'tokens/s',
  better: 'higher',
  formula: '(P + G) / (tn - t0)',
  rate: (request) => {
    const { span } = request;
    if ('missing' in span) return span;
    if (request.promptTokens === null) return noPromptCount;
    if (request.outputTokens === null) return noOutputCount;
    return { tokens: request.promptTokens + request.outputTokens, ns: span.lastNs - span.sentNs };
  },
});
