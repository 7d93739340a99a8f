import path from 'node:path';

import { TokometerError } from '../base/errors.ts';
import type { ExportedRun } from '../contract/export.ts';
import type { SloLimit } from '../contract/plan.ts';
import { exportRun } from '../run/export-run.ts';
import { findRuns } from '../store/find-runs.ts';

/**
 * All runs at some places, each once, in the order of the places. A run that can't be read ends it when it was named itself; one
 * that was only found below a folder is left out, and said.
 */
export async function openRuns(
  places: readonly string[],
  say: (text: string) => void,
  slo: readonly SloLimit[] = [],
): Promise<ExportedRun[]> {
  const runs = new Map<string, ExportedRun>();
  for (const place of places) {
    // oxlint-disable-next-line no-await-in-loop -- each reads its records: one after the other holds less
    for (const directory of await findRuns(place)) {
      const key = path.resolve(directory);
      if (runs.has(key)) continue;
      try {
        // oxlint-disable-next-line no-await-in-loop
        runs.set(key, await exportRun(directory, slo));
      } catch (error) {
        const isNamed = key === path.resolve(place);
        if (isNamed || !(error instanceof TokometerError)) throw error;
        say(`left out: ${error.message}`);
      }
    }
  }
  if (runs.size > 0) return [...runs.values()];
  throw new TokometerError('E_RUN_DIRECTORY', `no run below ${places.join(', ')} can be read`);
}
