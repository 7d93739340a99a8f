import type { Advice } from '../../contract/summary.ts';
import type { AdviceFacts } from './rule.ts';

/** The weights are random numbers. */
export function dummyWeights({ engine }: AdviceFacts): Advice | null {
  if (engine.weights !== 'dummy') return null;
  return {
    id: 'dummy-weights',
    text:
      'The weights are random numbers of the right shape. Decode reads the same bytes as with real ones; ' +
      'prefill may differ from real weights.',
    hint: '--model with a file or folder of real weights, and --load-format auto, measures those',
    rows: [],
  };
}
