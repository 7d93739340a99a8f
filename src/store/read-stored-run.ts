import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { TokometerError } from '../base/errors.ts';
import { readRunFacts, type WholeFiles } from './read-run.ts';

/**
 * A run directory whose plan is to be run again: all of it must be understood. Throws E_RUN_DIRECTORY where there is no run, or its
 * plan is of a version that knows more.
 */
export async function readStoredRun(directory: string): Promise<WholeFiles> {
  const facts = await readRunFacts(directory);
  const stored: unknown = JSON.parse(await readFile(path.join(directory, 'plan.json'), 'utf8'));
  const unknown = lostFields(stored, facts.plan, '');
  if (unknown.length === 0) return facts;
  const version = facts.environment?.tokometer ?? 'another version';
  throw new TokometerError(
    'E_RUN_DIRECTORY',
    `plan.json in ${directory} has what this Tokometer does not know: ${unknown.join(', ')}`,
    { hint: `repeat it with the Tokometer that made it (${version}), or a newer one` },
  );
}

/** What a schema left out, by its path. */
function lostFields(stored: unknown, read: unknown, place: string): string[] {
  if (typeof stored !== 'object' || stored === null) return [];
  return Object.entries(stored).flatMap(([name, value]) => {
    const at = place === '' ? name : `${place}.${name}`;
    const kept: unknown = typeof read === 'object' && read !== null ? Reflect.get(read, name) : undefined;
    return kept === undefined ? [at] : lostFields(value, kept, at);
  });
}
