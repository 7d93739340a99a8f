import { passMeasurement } from '../aggregate-load.ts';
import { defineMetric } from '../define-metric.ts';

/** Requests answered a second, over a whole pass. */
export const requestThroughput = defineMetric({
  id: 'request_throughput',
  label: 'Request throughput',
  unit: 'requests/s',
  better: 'higher',
  formula: 'requests answered / time of the pass, from the first request sent to the last end',
  derived: (row) => passMeasurement(row.passes, (pass) => pass.answered),
});
