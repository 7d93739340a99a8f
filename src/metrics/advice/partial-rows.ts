import type { Advice } from '../../contract/summary.ts';
import { countOf } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** Rows rest on fewer requests than planned. */
export function partialRows({ rows }: AdviceFacts): Advice | null {
  // Requests that failed are told by their own advice.
  const partial = rows.filter(
    ({ marks, counts }) => marks.includes('partial') && counts.measured + counts.failed < counts.planned,
  );
  if (partial.length === 0) return null;
  const measured = partial.reduce((sum, row) => sum + row.counts.measured, 0);
  const planned = partial.reduce((sum, row) => sum + row.counts.planned, 0);
  return {
    id: 'partial-rows',
    text: `${countOf(partial.length, 'row')} of ${rows.length} rested on fewer requests than planned: ${measured} of ${planned}.`,
    hint: null,
    rows: partial.map((row) => row.cell),
  };
}
