import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

import { outputError } from './output-error.ts';

/**
 * Writes a whole file of a run directory so that a reader, or a kill, finds the old one or the new one and never a part.
 * Throws E_DISK_FULL or E_OUTPUT.
 */
export async function writeRunFile(directory: string, name: string, text: string): Promise<void> {
  const target = path.join(directory, name);
  const temporary = path.join(directory, `.${name}.${process.pid}.part`);
  try {
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(text);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw outputError(target, error);
  }
}

/** JSON as every whole file of a run directory holds it: two spaces a level, one newline at the end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
