import { defineMetric } from '../define-metric.ts';
import { missing } from '../missing.ts';
import { allInOneRead, noOutputCount } from '../token-span.ts';

/** Tokens a second after the first, in tokens/s: what llama-bench calls tg, and mlx-lm generation speed. */
export const decodeSpeed = defineMetric({
  id: 'decode_speed',
  label: 'Decode speed',
  unit: 'tokens/s',
  better: 'higher',
  formula: '(G - g1) / (tn - t1), g1 = tokens stamped t1',
  rate: (request) => {
    const { span } = request;
    if ('missing' in span) return span;
    if (request.outputTokens === null) return noOutputCount;
    if (span.oneRead) return allInOneRead;
    const tokens = request.outputTokens - span.firstTokens;
    if (tokens <= 0 || span.lastNs <= span.firstNs) return missing('there is no token after the first');
    return { tokens, ns: span.lastNs - span.firstNs };
  },
});
