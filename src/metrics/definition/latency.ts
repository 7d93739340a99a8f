import { defineMetric } from '../define-metric.ts';

/** Time from the request sent to its last token, in ms. */
export const latency = defineMetric({
  id: 'latency',
  label: 'Latency',
  unit: 'ms',
  better: 'lower',
  formula: 'tn - t0: last chunk that carries a token, minus the request sent',
  time: (request) => {
    const { span } = request;
    return 'missing' in span ? span : span.lastNs - span.sentNs;
  },
});
