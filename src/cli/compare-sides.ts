import { TokometerError } from '../base/errors.ts';
import type { Summary } from '../contract/summary.ts';
import { poolRuns } from '../metrics/comparison/pool-runs.ts';
import type { compareOptions } from '../plan/option/compare.ts';
import type { OptionValues } from '../plan/option/option.ts';
import { readResult } from './read-result.ts';

/** Where the runs of one side are. */
type Places = readonly [string, ...string[]];

/** The runs of each side: two results, or as many as --base and --candidate name. */
export function placesOf(
  operands: readonly string[],
  { base, candidate }: Pick<OptionValues<typeof compareOptions>, 'base' | 'candidate'>,
): [base: Places, candidate: Places] {
  if (base === null && candidate === null) {
    const [one, other] = operandsOf(operands, 2);
    return [[one], [other]];
  }
  const [firstOfBase, ...restOfBase] = base ?? [];
  const [firstOfCandidate, ...restOfCandidate] = candidate ?? [];
  if (firstOfBase !== undefined && firstOfCandidate !== undefined && operands.length === 0) {
    return [
      [firstOfBase, ...restOfBase],
      [firstOfCandidate, ...restOfCandidate],
    ];
  }
  throw new TokometerError('E_USAGE', '--base and --candidate go together, and name all results that are compared', {
    hint: 'such as tokometer compare --base a1 a2 --candidate b1 b2, or tokometer compare a b',
  });
}

/** The result of one side, over all its runs. Throws E_USAGE where one is no result, or they don't repeat each other. */
export async function readSide([first, ...others]: Places, outputs: string): Promise<Summary> {
  const runs: [Summary, ...Summary[]] = [await readResult(first, outputs)];
  for (const place of others) runs.push(await readResult(place, outputs));
  return poolRuns(runs);
}

/** Results that stand without a flag. Throws E_USAGE where they are fewer or more. */
export function operandsOf(operands: readonly string[], count: 1 | 2): [base: string, candidate: string] {
  const [base = '', candidate = ''] = operands;
  if (operands.length === count) return [base, candidate];
  const wanted = count === 1 ? '--save-baseline takes one result' : 'tokometer compare takes two results';
  throw new TokometerError('E_USAGE', `${wanted}, got ${operands.length}`, {
    hint: 'such as tokometer compare outputs/qwen2.5/20260131_120000 outputs/qwen2.5/20260207_120000; results come before flags',
  });
}
