import { noMeasurement, noRequest } from '../aggregate.ts';
import { defineMetric } from '../define-metric.ts';
import { isMissing } from '../missing.ts';

const method = 'from the shape of the model';

/** Bytes that the decoding of one token reads, in GB (10^9), at the mean context of the row's decode. */
export const decodeBytes = defineMetric({
  id: 'decode_bytes',
  label: 'Bytes read a token',
  unit: 'GB',
  better: 'lower',
  formula:
    '(bytes of the weights that a token reads, output projection included, input embedding not unless it is the same + bytes of keys and values a token x (P + G / 2)) / 10^9',
  derived: ({ cell, requests, roofline: { model }, values }) => {
    if (requests.length === 0) return noMeasurement(noRequest, method);
    if (isMissing(model)) return noMeasurement(model.missing, method);
    if (cell.parallel !== 1) return noMeasurement('requests in flight share each reading of the weights', method);
    const prompt = values['prompt_tokens'];
    const output = values['output_tokens'];
    if (prompt?.value == null || output?.value == null) return noMeasurement('the tokens were not counted', method);
    const context = prompt.value + output.value / 2;
    const bytes = model.weightBytes + model.keyValueBytes * context;
    return {
      value: bytes / 1e9,
      reason: null,
      n: Math.min(prompt.n, output.n),
      method: `${method} ${model.shape.name}, ${model.format} weights`,
      interval: null,
      spread: null,
      percentiles: [],
      raw: [],
      executions: [],
    };
  },
});
