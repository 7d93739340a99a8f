import { passMeasurement } from '../aggregate-load.ts';
import { defineMetric } from '../define-metric.ts';

/** Tokens generated a second by all requests together, over a whole pass. */
export const outputThroughput = defineMetric({
  id: 'output_throughput',
  label: 'Output token throughput',
  unit: 'tokens/s',
  better: 'higher',
  formula: 'sum of G / time of the pass, from the first request sent to the last end',
  derived: (row) => passMeasurement(row.passes, (pass) => pass.outputTokens),
});
