import { defineMetric } from '../define-metric.ts';
import { tokenSpan } from '../token-span.ts';

/** Time from the request sent to its last token, in ms. */
export const latency = defineMetric({
  id: 'latency',
  label: 'Latency',
  unit: 'ms',
  better: 'lower',
  formula: 'tn - t0: last chunk that carries a token, minus the request sent',
  time: (record) => {
    const span = tokenSpan(record);
    return 'missing' in span ? span : span.lastNs - span.sentNs;
  },
});
