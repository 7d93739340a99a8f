import { defineMetric } from '../define-metric.ts';
import { noOutputCount, noPromptCount, tokenSpan } from '../token-span.ts';

/** Prompt and generated tokens by the whole time, in tokens/s: `Speed` of the Qwen3 tables. */
export const totalSpeed = defineMetric({
  id: 'total_speed',
  label: 'Total speed',
  unit: 'tokens/s',
  better: 'higher',
  formula: '(P + G) / (tn - t0)',
  rate: (record) => {
    const span = tokenSpan(record);
    if ('missing' in span) return span;
    if (record.promptTokens === null) return noPromptCount;
    if (record.outputTokens === null) return noOutputCount;
    return { tokens: record.promptTokens + record.outputTokens, ns: span.lastNs - span.sentNs };
  },
});
