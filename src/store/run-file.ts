import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { replaceFile } from './output-file.ts';

/** Writes a whole file of a run directory. Throws E_DISK_FULL or E_OUTPUT. */
export function writeRunFile(directory: string, name: string, text: string): Promise<void> {
  return replaceFile(path.join(directory, name), (temporary) => writeFile(temporary, text));
}

/** JSON as every whole file of a run directory holds it: two spaces a level, one newline at the end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
