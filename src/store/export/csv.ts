import { csvLine } from '../../base/csv.ts';
import type { ExportedRun } from '../../contract/export.ts';
import { fieldsOf, rowsTable } from './tables.ts';

/** The table `rows` of all runs as CSV: one line a row, the names of the columns first. */
export function resultsCsv(runs: readonly ExportedRun[]): string {
  const lines = runs.flatMap((run) => run.summary.rows.map((row) => csvLine(fieldsOf(rowsTable, { run, row }))));
  return [csvLine(rowsTable.columns.map(({ name }) => name)), ...lines].join('');
}
