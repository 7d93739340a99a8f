import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { hasDigest } from '../file-digest.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import type { RemoteFile } from '../remote-file.ts';

/**
 * Which files of a folder are known to have their digest. ModelScope's cache names no digest, and hashing the weights
 * on every run would take longer than many a run: a file is hashed again only when its size or time changed.
 */
export class VerifiedFiles {
  readonly #file: string;
  readonly #folder: string;
  readonly #known: Map<string, string>;

  private constructor(file: string, folder: string, known: Map<string, string>) {
    this.#file = file;
    this.#folder = folder;
    this.#known = known;
  }

  static async read(cacheRoot: string, folder: string): Promise<VerifiedFiles> {
    const name = createHash('sha256').update(folder).digest('hex');
    const file = join(cacheRoot, '.tokometer', `${name}.json`);
    return new VerifiedFiles(file, folder, await readKnown(file));
  }

  /** Whether the file is there with the listed length and digest. */
  async has(file: RemoteFile): Promise<boolean> {
    const path = join(this.#folder, file.path);
    const facts = await stat(path).catch(() => null);
    if (facts?.isFile() !== true || facts.size !== file.bytes) return false;
    if (file.digest === null) return true;
    const state = `${facts.size} ${facts.mtimeMs} ${file.digest.hex}`;
    if (this.#known.get(file.path) === state) return true;
    if (!(await hasDigest(path, file.bytes, file.digest))) return false;
    this.#known.set(file.path, state);
    return true;
  }

  /** Takes over what was verified while it came. */
  async add(file: RemoteFile): Promise<void> {
    if (file.digest === null) return;
    const { size, mtimeMs } = await stat(join(this.#folder, file.path));
    this.#known.set(file.path, `${size} ${mtimeMs} ${file.digest.hex}`);
  }

  /** Keeps it for the next run; a cache that can't be written only costs a second hashing. */
  async save(): Promise<void> {
    const text = JSON.stringify(Object.fromEntries(this.#known));
    if ((await readFile(this.#file, 'utf8').catch(() => '')) === text) return;
    const temporary = `${this.#file}.${randomUUID().slice(0, 8)}.tmp`;
    try {
      await mkdir(join(this.#file, '..'), { recursive: true });
      await writeFile(temporary, text);
      await rename(temporary, this.#file);
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }
}

async function readKnown(file: string): Promise<Map<string, string>> {
  const known = new Map<string, string>();
  const parsed = await readFile(file, 'utf8').then(parseObject, () => null);
  for (const [path, state] of Object.entries(parsed ?? {})) if (typeof state === 'string') known.set(path, state);
  return known;
}

function parseObject(text: string): JsonObject | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
