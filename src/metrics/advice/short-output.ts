import { formatCount } from '../../base/units.ts';
import type { Advice } from '../../contract/summary.ts';
import { isShort } from '../row-marks.ts';
import { allCountedRecords, cellsOf } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** Answers ended before their planned length. */
export function shortOutput(facts: AdviceFacts): Advice | null {
  const short = allCountedRecords(facts).filter(isShort);
  const first = short[0];
  if (first === undefined) return null;
  const why = first.outcome.finishReason === null ? '' : ` (finish reason: ${first.outcome.finishReason})`;
  return {
    id: 'short-output',
    text:
      `An answer ended after ${formatCount(first.outputTokens ?? 0)} of ${formatCount(first.requestedOutputTokens)} ` +
      `tokens${why}. Speeds use the tokens that came, but belong to a shorter context than planned.`,
    hint: 'a server that honours ignore_eos, or --min-tokens equal to --max-tokens, keeps the length',
    rows: cellsOf(short),
  };
}
