import { csvLine } from '../../base/csv.ts';
import type { ExportedRun } from '../../contract/export.ts';
import { rowsTable, runsTable } from './tables.ts';

/** The table `rows` of all runs as CSV, one line a row, and after it what the table `runs` has more: a file that stands alone. */
export function resultsCsv(runs: readonly ExportedRun[]): string {
  const known = new Set(rowsTable.columns.map(({ name }) => name));
  const columns = [...rowsTable.columns, ...runsTable.columns.filter(({ name }) => !known.has(name))];
  const lines = runs.flatMap((run) =>
    run.summary.rows.map((row) => csvLine(columns.map(({ of }) => of({ run, row })))),
  );
  return [csvLine(columns.map(({ name }) => name)), ...lines].join('');
}
