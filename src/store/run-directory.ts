import { access, mkdir, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';

import { systemCodeOf, TokometerError } from '../base/errors.ts';
import { fileName } from '../base/escape.ts';
import { calibrationName } from './calibration-name.ts';
import { outputError } from './output-error.ts';
import { telemetryName } from './telemetry-file.ts';

/** The files by which a folder is known to hold a run. */
const runFiles = ['plan.json', 'records.jsonl', 'summary.json'] as const;
const earlyFiles = [
  'plan.json',
  'environment.json',
  'engine.json',
  'workload.json',
  'manifest.json',
  calibrationName,
] as const;

/** What the path of a run directory is made of. */
export interface RunPlace {
  readonly outputs: string;
  readonly model: string;
  /** In place of the model; null: the model. */
  readonly name: string | null;
  /** A folder per run, named by its time; false: the folder of the model itself. */
  readonly timestamp: boolean;
  readonly now: Date;
}

/**
 * Makes the folder of a new run, `outputs/{model}/{YYYYMMDD_HHMMSS}` in local time, and returns its path. Two runs never
 * share one. Throws E_RUN_DIRECTORY when a folder without a timestamp already holds a run, E_OUTPUT or E_DISK_FULL when it
 * can't be made.
 */
export async function createRunDirectory(place: RunPlace): Promise<string> {
  const parent = path.join(place.outputs, fileName(place.name ?? modelName(place.model)));
  try {
    await makeFolders(parent);
    return place.timestamp
      ? await makeFreshFolder(path.join(parent, timestampText(place.now)))
      : await unusedFolder(parent);
  } catch (error) {
    throw error instanceof TokometerError ? error : outputError(parent, error);
  }
}

/**
 * Takes back the folder of a run that recorded nothing. Only what a store writes before its first record is removed, and
 * the folders only when nothing else is in them; a folder with records stays as it is.
 */
export async function removeRunDirectory(directory: string): Promise<void> {
  const records = path.join(directory, 'records.jsonl');
  if ((await sizeOf(records)) > 0) return;
  for (const name of [...earlyFiles, 'records.jsonl', telemetryName])
    await rm(path.join(directory, name), { force: true });
  try {
    await rmdir(directory);
    await rmdir(path.dirname(directory));
  } catch {
    // Something else is in there: it stays.
  }
}

// The last part of a model's name or path, without `.gguf`.
function modelName(model: string): string {
  const last = model.split(/[/\\]/).findLast((part) => part !== '') ?? '';
  return last.replace(/\.gguf$/i, '');
}

/** Makes a folder and those above it. */
// Not `mkdir` with `recursive`: where a file system answers ENOENT below a folder that exists (as /proc does) it never ends.
export async function makeFolders(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return;
    const above = path.dirname(path.resolve(folder));
    if (systemCodeOf(error) !== 'ENOENT' || (await exists(above)) || above === folder) throw error;
    await makeFolders(above);
    await mkdir(folder);
  }
}

async function makeFreshFolder(wanted: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const folder = attempt === 1 ? wanted : `${wanted}_${attempt}`;
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if (systemCodeOf(error) !== 'EEXIST') throw error;
    }
  }
}

async function unusedFolder(folder: string): Promise<string> {
  for (const name of runFiles) {
    if (!(await exists(path.join(folder, name)))) continue;
    throw new TokometerError('E_RUN_DIRECTORY', `${folder} already holds a run (${name})`, {
      hint: 'choose another place with --name or --outputs-dir, or leave --no-timestamp out',
    });
  }
  return folder;
}

function timestampText(time: Date): string {
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${day}_${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
}

function two(value: number): string {
  return value.toString().padStart(2, '0');
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}
