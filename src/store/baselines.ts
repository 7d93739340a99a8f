import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';

import { systemCodeOf, TokometerError } from '../base/errors.ts';
import type { Summary } from '../contract/summary.ts';
import { outputError } from './output-error.ts';
import { jsonText, writeRunFile } from './run-file.ts';

const folder = '.baselines';

/** Where a saved baseline lies below an outputs folder: a summary, one file. */
export function baselinePath(outputs: string, name: string): string {
  return path.join(outputs, folder, `${name}.json`);
}

/** Keeps a summary under a name, in place of one of that name. Throws E_USAGE of a name that is no file name, E_OUTPUT. */
export async function saveBaseline(outputs: string, name: string, summary: Summary): Promise<string> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) {
    throw new TokometerError('E_USAGE', `"${name}" can't be the name of a baseline`, {
      hint: 'letters, digits, dots, hyphens and underscores make one, such as main or v1.2',
    });
  }
  const directory = path.join(outputs, folder);
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw outputError(directory, error);
  }
  await writeRunFile(directory, `${name}.json`, jsonText(summary));
  return baselinePath(outputs, name);
}

/** Names of the saved baselines, sorted; none when nothing was saved. */
export async function listBaselines(outputs: string): Promise<string[]> {
  try {
    const names = await readdir(path.join(outputs, folder));
    return names
      .filter((name) => /^[^.].*\.json$/.test(name))
      .map((name) => name.slice(0, -'.json'.length))
      .toSorted();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}
