import { defineMetric, missing } from '../define-metric.ts';

/** Time spent on opening a connection for a request, in ms; never part of the other times. */
export const connectTime = defineMetric({
  id: 'connect_time',
  label: 'Connect time',
  unit: 'ms',
  better: 'lower',
  formula: 'opening the connection, before t0; no other time holds it',
  time: (record) => record.connectNs ?? missing('the connection was already open'),
});
