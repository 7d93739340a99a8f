import { defineMetric, missing } from '../define-metric.ts';
import { allInOneRead, noOutputCount, tokenSpan } from '../token-span.ts';

/** Tokens a second after the first, in tokens/s: what llama-bench calls tg, and mlx-lm generation speed. */
export const decodeSpeed = defineMetric({
  id: 'decode_speed',
  label: 'Decode speed',
  unit: 'tokens/s',
  better: 'higher',
  formula: '(G - g1) / (tn - t1), g1 = tokens stamped t1',
  rate: (record) => {
    const span = tokenSpan(record);
    if ('missing' in span) return span;
    if (record.outputTokens === null) return noOutputCount;
    if (span.oneRead) return allInOneRead;
    const tokens = record.outputTokens - span.firstTokens;
    if (tokens <= 0 || span.lastNs <= span.firstNs) return missing('there is no token after the first');
    return { tokens, ns: span.lastNs - span.firstNs };
  },
});
