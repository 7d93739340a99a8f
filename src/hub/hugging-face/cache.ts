import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import { systemCodeOf, TokometerError } from '../../base/errors.ts';
import { isObject } from '../json-object.ts';
import { isCommit } from './listing.ts';

/**
 * One model in the cache that Hugging Face's Python clients share: contents in `blobs`, named by their digest;
 * `snapshots/COMMIT` with relative links to them; `refs/BRANCH` with the commit.
 */
export class HuggingFaceCache {
  /** Of all models. */
  readonly root: string;
  readonly #folder: string;
  readonly #locks: string;

  constructor(root: string, name: string) {
    const model = `models--${name.replaceAll('/', '--')}`;
    this.root = root;
    this.#folder = join(root, model);
    this.#locks = join(root, '.locks', model);
  }

  snapshot(commit: string): string {
    return join(this.#folder, 'snapshots', commit);
  }

  blob(digest: string): string {
    return join(this.#folder, 'blobs', digest);
  }

  /** What came of a blob so far. The name is ours alone: older clients append to `DIGEST.incomplete` under a lock of theirs. */
  partial(digest: string): string {
    return `${this.blob(digest)}.tokometer.incomplete`;
  }

  /** Beside the file that Python locks. */
  lock(digest: string): string {
    return join(this.#locks, `${digest}.lock.tokometer`);
  }

  /** The commit that was current when the branch was last looked up; null: never. */
  async commitOf(revision: string): Promise<string | null> {
    if (isCommit(revision)) return revision;
    const text = await readFile(this.#ref(revision), 'utf8').catch(() => '');
    return isCommit(text.trim()) ? text.trim() : null;
  }

  /** Keeps which commit a branch stands for. */
  async remember(revision: string, commit: string): Promise<void> {
    if (isCommit(revision) || (await this.commitOf(revision)) === commit) return;
    const path = this.#ref(revision);
    await mkdir(dirname(path), { recursive: true });
    await this.#replace(path, (temporary) => writeFile(temporary, commit));
  }

  /** Marks the cache, so that backup programs leave it out. */
  async tag(): Promise<void> {
    const text = 'Signature: 8a477f597d28d172789f06886806bc55\n# This directory holds downloaded models.\n';
    await mkdir(this.root, { recursive: true });
    await writeFile(join(this.root, 'CACHEDIR.TAG'), text, { flag: 'wx' }).catch((error: unknown) => {
      if (systemCodeOf(error) !== 'EEXIST') throw error;
    });
  }

  /** Lets a file of a snapshot show a blob; where links are not allowed, by a copy. */
  async point(commit: string, path: string, digest: string): Promise<void> {
    const pointer = join(this.snapshot(commit), path);
    const blob = this.blob(digest);
    await mkdir(dirname(pointer), { recursive: true });
    await this.#replace(pointer, async (temporary) => {
      try {
        await symlink(relative(dirname(pointer), blob), temporary);
      } catch (error) {
        const code = systemCodeOf(error);
        if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
        await copyFile(blob, temporary);
      }
    });
  }

  /** The commit's files and sizes where Python kept its listing; null: it did not. */
  async tree(commit: string): Promise<{ path: string; bytes: number }[] | null> {
    try {
      const parsed: unknown = JSON.parse(await readFile(join(this.#folder, 'trees', `${commit}.json`), 'utf8'));
      if (!isObject(parsed) || parsed['format_version'] !== 1 || !isObject(parsed['files'])) return null;
      return Object.entries(parsed['files']).map(([path, facts]) => {
        const bytes = isObject(facts) ? (facts['lfs_size'] ?? facts['size']) : null;
        return { path, bytes: typeof bytes === 'number' ? bytes : -1 };
      });
    } catch {
      return null;
    }
  }

  // Makes a file elsewhere, then moves it into place: a reader sees the old or the new one, never a part, and a process
  // that is killed between leaves nothing where Python looks.
  async #replace(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
    await mkdir(this.#locks, { recursive: true });
    const temporary = join(this.#locks, `${randomUUID()}.tokometer.tmp`);
    try {
      await make(temporary);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  #ref(revision: string): string {
    const parts = revision.split('/');
    if (!revision.includes('\\') && parts.every((part) => part !== '' && part !== '.' && part !== '..')) {
      return join(this.#folder, 'refs', ...parts);
    }
    throw new TokometerError('E_MODEL_FILE', `${JSON.stringify(revision)} is no revision`, {
      hint: '--revision takes a branch, a tag or a commit',
    });
  }
}
