import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

import { messageOf, systemCodeOf, TokometerError } from '../base/errors.ts';

/** Run directories at a place: itself, or all below it, sorted. Throws E_RUN_DIRECTORY when it is no folder or holds none. */
export async function findRuns(place: string): Promise<string[]> {
  if (isRun(place)) return [path.normalize(place).replace(/(?<=.)[/\\]+$/, '')];
  const found = await runsBelow(path.normalize(place));
  if (found.length > 0) return found;
  throw new TokometerError('E_RUN_DIRECTORY', `${place} holds no run: there is no plan.json in it, nor below it`, {
    hint: 'name a run directory such as outputs/qwen2.5/20260131_120000, or a folder of them such as outputs',
  });
}

async function runsBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
    const below = folders.map((entry) => path.join(folder, entry.name));
    const lists = await Promise.all(below.map(async (one) => (isRun(one) ? [one] : runsBelow(one))));
    return lists.flat().toSorted((one, other) => (one < other ? -1 : 1));
  } catch (error) {
    const code = systemCodeOf(error);
    const reason =
      code === 'ENOENT' ? 'there is no such folder' : code === 'ENOTDIR' ? 'it is a file' : messageOf(error);
    throw new TokometerError('E_RUN_DIRECTORY', `can't read runs from ${folder}: ${reason}`, { cause: error });
  }
}

function isRun(folder: string): boolean {
  return existsSync(path.join(folder, 'plan.json'));
}
