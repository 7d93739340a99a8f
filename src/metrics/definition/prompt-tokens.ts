import { countMeasurement } from '../aggregate.ts';
import { defineMetric } from '../define-metric.ts';
import { noPromptCount } from '../token-span.ts';

/** Prompt tokens of a request as counted, mean of the row. */
export const promptTokens = defineMetric({
  id: 'prompt_tokens',
  label: 'Prompt tokens',
  unit: 'tokens',
  better: 'neither',
  formula: 'P, as the engine counts it',
  derived: (row) => countMeasurement(row.requests, (request) => request.promptTokens ?? noPromptCount),
});
