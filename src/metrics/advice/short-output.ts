import { formatCount } from '../../base/units.ts';
import type { Advice } from '../../contract/summary.ts';
import { isShort } from '../request-facts.ts';
import type { RequestFacts } from '../request-facts.ts';
import { cellsOf } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** Answers ended before their planned length. */
export function shortOutput(facts: AdviceFacts): Advice | null {
  const short = facts.counted.filter(isShort);
  const first = short[0];
  if (first === undefined) return null;
  if (facts.rows.some((row) => row.kind === 'load')) return shortUnderLoad(facts, short);
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

// Nobody held these answers to a length: how many ended where is a fact of the workload.
function shortUnderLoad(facts: AdviceFacts, short: readonly RequestFacts[]): Advice {
  const counts = short.map((request) => request.outputTokens ?? 0);
  const [least, most] = [
    counts.reduce((one, other) => Math.min(one, other)),
    counts.reduce((one, other) => Math.max(one, other)),
  ];
  const range = least === most ? `after ${formatCount(least)}` : `after ${formatCount(least)} to ${formatCount(most)}`;
  const wanted = short[0]?.requestedOutputTokens ?? 0;
  return {
    id: 'short-output',
    text:
      `${formatCount(short.length)} of ${formatCount(facts.counted.length)} answers ended before ` +
      `${formatCount(wanted)} tokens, ${range}: throughput counts the tokens that came.`,
    hint: '--min-tokens equal to --max-tokens keeps the length on servers that honour ignore_eos',
    rows: cellsOf(short),
  };
}
