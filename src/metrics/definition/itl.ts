import { gapMeasurement } from '../aggregate-load.ts';
import { defineMetric } from '../define-metric.ts';

/** Time between tokens, in ms. Its mean weighs each token the same, where that of TPOT weighs each request the same. */
export const itl = defineMetric({
  id: 'itl',
  label: 'Inter-token latency',
  unit: 'ms',
  better: 'lower',
  formula: 'time since the read before / tokens of the read, once for each token after the first read',
  derived: (row) => gapMeasurement(row.gapsNs),
});
