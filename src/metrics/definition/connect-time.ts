import { defineMetric } from '../define-metric.ts';
import { missing } from '../missing.ts';

/** Time spent on opening a connection for a request, in ms; never part of the other times. */
export const connectTime = defineMetric({
  id: 'connect_time',
  label: 'Connect time',
  unit: 'ms',
  better: 'lower',
  formula: 'opening the connection, before t0; no other time holds it',
  time: (request) => request.connectNs ?? missing('the connection was already open'),
});
