import type { Summary } from '../contract/summary.ts';

/** What the exit code says of a run. */
export type Verdict = 'ok' | 'all-failed' | 'no-valid-row';

/** One valid row is enough for `ok`; `all-failed` when no measured request of any row succeeded. */
export function verdictOf(summary: Summary): Verdict {
  if (summary.rows.some((row) => row.valid)) return 'ok';
  return summary.rows.some((row) => row.counts.measured > 0) ? 'no-valid-row' : 'all-failed';
}
