import { countMeasurement } from '../aggregate.ts';
import { defineMetric } from '../define-metric.ts';
import { noOutputCount } from '../token-span.ts';

/** Generated tokens of a request as counted, mean of the row. */
export const outputTokens = defineMetric({
  id: 'output_tokens',
  label: 'Generated tokens',
  unit: 'tokens',
  better: 'neither',
  formula: 'G, as the engine counts it',
  derived: (row) => countMeasurement(row.requests, (request) => request.outputTokens ?? noOutputCount),
});
