import { passMeasurement } from '../aggregate-load.ts';
import { defineMetric } from '../define-metric.ts';
import { isMissing } from '../missing.ts';

/** Prompt and generated tokens a second of all requests together, over a whole pass; prompt tokens from a cache count. */
export const totalThroughput = defineMetric({
  id: 'total_throughput',
  label: 'Total token throughput',
  unit: 'tokens/s',
  better: 'higher',
  formula: 'sum of (P + G) / time of the pass, from the first request sent to the last end',
  derived: (row) =>
    passMeasurement(row.passes, ({ promptTokens, outputTokens }) => {
      if (isMissing(promptTokens)) return promptTokens;
      return isMissing(outputTokens) ? outputTokens : promptTokens + outputTokens;
    }),
});
