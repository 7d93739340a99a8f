import type { Advice } from '../../contract/summary.ts';
import type { AdviceFacts } from './rule.ts';

/** The weights are random numbers. */
export function dummyWeights({ engine }: AdviceFacts): Advice | null {
  if (engine.weights !== 'dummy') return null;
  return {
    id: 'dummy-weights',
    text:
      'dummy: random numbers in the shape of the model; the text means nothing. Decode reads the same bytes as with ' +
      'real weights; prefill may differ.',
    hint: '--model with a file or folder of real weights, and --load-format auto, measures those',
    rows: [],
  };
}
