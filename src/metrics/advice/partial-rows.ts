import type { Advice } from '../../contract/summary.ts';
import type { AdviceFacts } from './rule.ts';

/** Rows rest on fewer requests than planned. */
export function partialRows({ rows }: AdviceFacts): Advice | null {
  const partial = rows.filter((row) => row.marks.includes('partial'));
  if (partial.length === 0) return null;
  const measured = partial.reduce((sum, row) => sum + row.counts.measured, 0);
  const planned = partial.reduce((sum, row) => sum + row.counts.planned, 0);
  return {
    id: 'partial-rows',
    text: `${partial.length} of ${rows.length} rows rest on fewer requests than planned: ${measured} of ${planned}.`,
    hint: null,
    rows: partial.map((row) => row.cell),
  };
}
