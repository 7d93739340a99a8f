import { defineMetric } from '../define-metric.ts';

/**
 * How late the client sent a request of an open loop, in ms. The time that its own connection took to open is the network's and the
 * server's, and told by its own metric.
 */
export const sendDelay = defineMetric({
  id: 'send_delay',
  label: 'Send delay',
  unit: 'ms',
  better: 'lower',
  formula: 't0 - due - connect: request sent, minus the time it was due, minus the time to open its own connection',
  time: ({ sentNs, dueNs, connectNs }) => Math.max(0, sentNs - dueNs - (connectNs ?? 0)),
});
