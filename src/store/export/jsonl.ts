import { maskSecrets } from '../../base/mask-secrets.ts';
import type { ExportedRun } from '../../contract/export.ts';

/**
 * One line of JSON a row, with everything that is known of it: the row as summary.json has it, what the summary says of its run,
 * and the advice that concerns it.
 */
export function resultsJsonl(runs: readonly ExportedRun[]): string {
  return runs
    .flatMap(({ directory, summary }) => {
      const { rows, advice, fields: _fields, directory: _place, ...run } = summary;
      return rows.map((row) => {
        const told = advice.filter((one) => one.rows.length === 0 || one.rows.includes(row.cell));
        return `${JSON.stringify(maskSecrets({ ...run, run: directory, row, advice: told }))}\n`;
      });
    })
    .join('');
}
