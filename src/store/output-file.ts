import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

import { systemCodeOf, TokometerError } from '../base/errors.ts';
import { outputError } from './output-error.ts';

/**
 * Replaces a file as a whole: `fill` writes a file beside it, which then takes its place, so that a reader, or a kill, finds the
 * old one or the new one and never a part. Throws E_DISK_FULL or E_OUTPUT; `flag` is what its hint names.
 */
export async function replaceFile(
  target: string,
  fill: (temporary: string) => Promise<void>,
  flag = '--outputs-dir',
): Promise<void> {
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.part`);
  try {
    await fill(temporary);
    const handle = await open(temporary, 'r+');
    try {
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error instanceof TokometerError ? error : outputError(target, error, '', flag);
  }
}

/**
 * The file that `--output` means: where a link leads, when there is one. Throws E_USAGE for a folder, a device or a pipe, which
 * nothing may take the place of.
 */
export async function outputTarget(file: string): Promise<string> {
  try {
    const found = await stat(file);
    if (found.isFile()) return await realpath(file);
    throw new TokometerError('E_USAGE', `--output ${file} is ${found.isDirectory() ? 'a folder' : 'no regular file'}`, {
      hint: 'name a file; without --output the result goes to stdout',
    });
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return file;
    throw error instanceof TokometerError ? error : outputError(file, error, '', '--output');
  }
}
