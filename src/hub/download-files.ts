import { mkdir, statfs } from 'node:fs/promises';

import { systemCodeOf, TokometerError } from '../base/errors.ts';
import { formatBytes } from '../base/units.ts';
import { sizeOf } from './file-size.ts';
import type { DownloadState } from './model-request.ts';
import type { RemoteFile } from './remote-file.ts';

export interface DownloadFilesInput {
  readonly files: readonly RemoteFile[];
  /** Where they go, for the check of free space. */
  readonly folder: string;
  /** The environment variable that moves that folder. */
  readonly folderVariable: string;
  /** Whether a file is there already and need not come. */
  isThere(file: RemoteFile): Promise<boolean>;
  /** Where what came of a file so far is kept. */
  partial(file: RemoteFile): string;
  /** Brings one file; `came` takes the bytes of it that are there so far. */
  bring(file: RemoteFile, came: (bytes: number) => void): Promise<void>;
  progress(state: DownloadState): void;
}

const filesAtOnce = 8;

/** Brings what is missing, 8 files at a time, and returns how many files came. The first error stops the others' start. */
export async function downloadFiles(input: DownloadFilesInput): Promise<number> {
  try {
    return await bringMissing(input);
  } catch (error) {
    throw diskError(error, input);
  }
}

async function bringMissing(input: DownloadFilesInput): Promise<number> {
  const { files } = input;
  const meter = new Meter(files, (state) => input.progress(state));
  const missing: RemoteFile[] = [];
  for (const file of files) {
    if (await input.isThere(file)) meter.done(file);
    else missing.push(file);
  }
  meter.tell();
  if (missing.length === 0) return 0;
  await mkdir(input.folder, { recursive: true });
  await checkSpace(input, missing);
  const queue = missing.toSorted((a, b) => b.bytes - a.bytes).values();
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const file of queue) {
      if (errors.length > 0) return;
      try {
        await input.bring(file, (bytes) => meter.came(file, bytes));
        meter.done(file);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: filesAtOnce }, worker));
  if (errors.length > 0) throw errors[0];
  meter.tell();
  return missing.length;
}

async function checkSpace(input: DownloadFilesInput, missing: readonly RemoteFile[]): Promise<void> {
  const { folder, folderVariable } = input;
  const system = await statfs(folder).catch(() => null);
  if (system === null) return;
  let needed = 0;
  for (const file of missing) needed += Math.max(0, file.bytes - ((await sizeOf(input.partial(file))) ?? 0));
  const free = system.bavail * system.bsize;
  if (free >= needed) return;
  throw new TokometerError(
    'E_DISK_FULL',
    `the model needs ${formatBytes(needed)} more, and ${formatBytes(free)} are free at ${folder}`,
    { hint: `make room, or set ${folderVariable} to a folder on a larger disk` },
  );
}

function diskError(error: unknown, { folder, folderVariable }: DownloadFilesInput): unknown {
  const code = systemCodeOf(error);
  const hint = `set ${folderVariable} to a folder with room that can be written`;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new TokometerError('E_DISK_FULL', `the disk of ${folder} is full`, { hint, cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR') {
    return new TokometerError('E_MODEL_FILE', `the cache ${folder} can't be written (${code})`, { hint, cause: error });
  }
  return error;
}

function sum(files: readonly RemoteFile[]): number {
  return files.reduce((bytes, file) => bytes + file.bytes, 0);
}

/** Adds up what came, and tells it at most ten times a second. */
class Meter {
  readonly #files: readonly RemoteFile[];
  readonly #bytes: number;
  readonly #came = new Map<RemoteFile, number>();
  readonly #progress: (state: DownloadState) => void;
  #bytesDone = 0;
  #filesDone = 0;
  #toldAtMs = -Infinity;

  constructor(files: readonly RemoteFile[], progress: (state: DownloadState) => void) {
    this.#files = files;
    this.#bytes = sum(files);
    this.#progress = progress;
  }

  came(file: RemoteFile, bytes: number): void {
    this.#bytesDone += bytes - (this.#came.get(file) ?? 0);
    this.#came.set(file, bytes);
    if (performance.now() - this.#toldAtMs > 100) this.tell();
  }

  done(file: RemoteFile): void {
    this.#filesDone++;
    this.came(file, file.bytes);
  }

  tell(): void {
    this.#toldAtMs = performance.now();
    this.#progress({
      files: this.#files.length,
      filesDone: this.#filesDone,
      bytes: this.#bytes,
      bytesDone: this.#bytesDone,
    });
  }
}
