import { formatSignificant } from '../../base/units.ts';
import type { Advice } from '../../contract/summary.ts';
import type { AdviceFacts } from './rule.ts';

const largestDeviation = 0.1;

/** The measured requests don't follow the laws of an estimate: a residual standard deviation above 10 %. */
export function estimateFit({ estimate }: AdviceFacts): Advice | null {
  const worst = (estimate?.laws ?? []).toSorted((one, other) => deviationOf(other) - deviationOf(one))[0];
  if (worst === undefined || deviationOf(worst) <= largestDeviation) return null;
  return {
    id: 'estimate-fit',
    text:
      `The estimate can't be trusted: ${worst.of} times lie ${formatSignificant(100 * deviationOf(worst), 2)} % ` +
      `(standard deviation) off "${worst.formula}", which it rests on.`,
    hint: 'measure the rows: leave --estimate out; keep the machine idle',
    rows: [],
  };
}

function deviationOf({ deviation }: { readonly deviation: { readonly value: number | null } }): number {
  return deviation.value ?? 0;
}
