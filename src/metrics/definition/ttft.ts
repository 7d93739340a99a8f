import { defineMetric } from '../define-metric.ts';
import { allInOneRead } from '../token-span.ts';

/** Time to first token, in ms. */
export const ttft = defineMetric({
  id: 'ttft',
  label: 'Time to first token',
  unit: 'ms',
  better: 'lower',
  formula: 't1 - t0: first chunk that carries a token, minus the request sent',
  time: (request) => {
    const { span } = request;
    if ('missing' in span) return span;
    return span.oneRead ? allInOneRead : span.firstNs - span.sentNs;
  },
});
