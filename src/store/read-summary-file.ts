import { readFile } from 'node:fs/promises';

import { TokometerError } from '../base/errors.ts';
import type { Summary } from '../contract/summary.ts';
import { refuseOtherVersion } from './run-version.ts';

/** Reads a summary.json of ours; null when the file is something else. Throws E_RUN_DIRECTORY of a broken or newer one. */
export async function readSummaryFile(file: string): Promise<Summary | null> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof json !== 'object' || json === null || !('tokometer' in json) || !('rows' in json)) return null;
  refuseOtherVersion(file, 'the summary', json);
  const { summarySchema } = await import('../contract/schema/summary.ts');
  const parsed = summarySchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new TokometerError(
    'E_RUN_DIRECTORY',
    `${file} can't be read (${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown form'})`,
    { hint: 'tokometer report DIR --write makes summary.json again from the records' },
  );
}
