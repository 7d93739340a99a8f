import type { Advice } from '../../contract/summary.ts';
import type { AdviceFacts } from './rule.ts';

/** One request a row has no interval. */
export function singleRun({ rows }: AdviceFacts): Advice | null {
  const single = rows.filter((row) => row.marks.includes('single-run'));
  if (single.length === 0) return null;
  return {
    id: 'single-run',
    text: 'A single run says nothing of its own uncertainty, so there is no interval.',
    hint: '--repetitions 3 measures each length three times',
    rows: single.map((row) => row.cell),
  };
}
