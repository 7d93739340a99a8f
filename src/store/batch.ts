import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { messageOf, systemCodeOf, TokometerError } from '../base/errors.ts';
import { maskSecrets } from '../base/mask-secrets.ts';
import type { Batch } from '../contract/batch.ts';
import type { Summary } from '../contract/summary.ts';
import { outputError } from './output-error.ts';
import { makeFolders } from './run-directory.ts';
import { jsonText, writeRunFile } from './run-file.ts';
import { refuseOtherVersion } from './run-version.ts';

const fileOfBatch = 'batch.json';

/** What a batch directory says; null when there is none yet. Throws E_RUN_DIRECTORY for one that can't be understood. */
export async function readBatch(directory: string): Promise<Batch | null> {
  const text = await readText(path.join(directory, fileOfBatch));
  if (text === null) return null;
  const json = parseJson(text);
  refuseOtherVersion(directory, fileOfBatch, json);
  const { batchSchema } = await import('../contract/schema/batch.ts');
  const parsed = batchSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new TokometerError('E_RUN_DIRECTORY', `${path.join(directory, fileOfBatch)} can't be understood`, {
    hint: 'remove that file and run the batch again: finished runs are found by their folders, and none is measured twice',
    cause: parsed.error,
  });
}

/** Writes batch.json, its folder when it is not there, secrets masked. Throws E_DISK_FULL or E_OUTPUT. */
export async function writeBatch(directory: string, batch: Batch): Promise<void> {
  try {
    await makeFolders(directory);
  } catch (error) {
    throw outputError(directory, error);
  }
  await writeRunFile(directory, fileOfBatch, jsonText(maskSecrets(batch)));
}

/** One run as its folder tells it. */
export interface FinishedRun {
  readonly directory: string;
  readonly summary: Summary;
}

/** The runs of an entry that left a summary.json, partial ones too, oldest first. A damaged summary is none. */
export async function readEntryRuns(
  batchDirectory: string,
  entry: { readonly directory: string },
): Promise<FinishedRun[]> {
  const folder = path.join(batchDirectory, entry.directory);
  const runs: FinishedRun[] = [];
  for (const name of await foldersIn(folder)) {
    const directory = path.join(folder, name);
    const text = await readText(path.join(directory, 'summary.json'));
    if (text === null) continue;
    const { summarySchema } = await import('../contract/schema/summary.ts');
    const parsed = summarySchema.safeParse(parseJson(text));
    if (parsed.success) runs.push({ directory, summary: { ...parsed.data, directory } });
  }
  return runs;
}

/** Whether an entry has left anything on disk. */
export async function hasRuns(batchDirectory: string, entry: { readonly directory: string }): Promise<boolean> {
  return (await foldersIn(path.join(batchDirectory, entry.directory))).length > 0;
}

// Named by their times, which sort as they ran; a second one within the same second has `_2` after it.
async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted(byTime);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw unreadable(folder, error);
  }
}

function byTime(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return null;
    throw unreadable(file, error);
  }
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return null;
  }
}

function isAbsent(error: unknown): boolean {
  const code = systemCodeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function unreadable(file: string, error: unknown): TokometerError {
  return new TokometerError('E_RUN_DIRECTORY', `can't read ${file}: ${messageOf(error)}`, { cause: error });
}
