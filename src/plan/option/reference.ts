import { option } from './option.ts';
import { decimal, integer } from './value-types.ts';

/** The script of the reference engine; `tokometer reference` has the same options. */
export const referenceOptions = {
  ttftMs: option({
    flag: 'ttft-ms',
    type: decimal({ min: 0 }),
    default: 50,
    describe: 'Scripted time to first token.',
    group: 'Reference engine',
    example: '--ttft-ms 50',
  }),
  itlMs: option({
    flag: 'itl-ms',
    type: decimal({ min: 0 }),
    default: 10,
    describe: 'Scripted time between tokens.',
    group: 'Reference engine',
    example: '--itl-ms 10',
  }),
  jitterMs: option({
    flag: 'jitter-ms',
    type: decimal({ min: 0 }),
    default: 0,
    describe: 'Each token comes up to this much earlier or later than its script says; the mean stays.',
    group: 'Reference engine',
  }),
  prefillTokensPerSecond: option({
    flag: 'prefill-speed',
    type: decimal({ min: 0, above: true }),
    default: null,
    describe: 'Adds prompt tokens / this to the time to first token.',
    group: 'Reference engine',
  }),
  tokensPerChunk: option({
    flag: 'tokens-per-chunk',
    type: integer({ min: 1 }),
    default: 1,
    describe: 'Tokens in each event, as with speculative decoding.',
    group: 'Reference engine',
  }),
};
