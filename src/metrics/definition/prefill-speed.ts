import { defineMetric } from '../define-metric.ts';
import { allInOneRead, noPromptCount } from '../token-span.ts';

/** Prompt tokens a second until the first token, in tokens/s. As a client sees it: one decode step is inside. */
export const prefillSpeed = defineMetric({
  id: 'prefill_speed',
  label: 'Prefill speed',
  unit: 'tokens/s',
  better: 'higher',
  formula: 'P / (t1 - t0)',
  rate: (request) => {
    const { span } = request;
    if ('missing' in span) return span;
    if (request.promptTokens === null) return noPromptCount;
    return span.oneRead ? allInOneRead : { tokens: request.promptTokens, ns: span.firstNs - span.sentNs };
  },
});
