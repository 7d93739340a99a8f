import { passMeasurement } from '../aggregate-load.ts';
import { defineMetric } from '../define-metric.ts';

/** Requests in flight, mean over the time of the passes: what was reached of what was asked for. */
export const concurrency = defineMetric({
  id: 'concurrency',
  label: 'Requests in flight',
  unit: 'requests',
  better: 'neither',
  formula: 'sum of (end - t0) / time of the pass, failed requests included',
  derived: (row) => ({ ...passMeasurement(row.passes, (pass) => pass.inFlightNs / 1e9), interval: null }),
});
