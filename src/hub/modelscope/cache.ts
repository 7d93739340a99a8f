import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { TokometerError } from '../../base/errors.ts';

const defaultRevision = 'master';

/**
 * One model in the cache that ModelScope's Python client uses: real files below `snapshots/REVISION`. Before version
 * 1.38 they lay in one folder without a revision, dots in its name written as `___`; such a folder goes on being used.
 */
export class ModelScopeCache {
  /** Of all models. */
  readonly root: string;
  readonly #name: string;
  readonly #snapshots: string;

  constructor(root: string, name: string) {
    this.root = root;
    this.#name = name;
    this.#snapshots = join(root, 'models', name.replaceAll('/', '--'), 'snapshots');
  }

  /** Folders that may hold the revision, the most likely first. */
  async candidates(revision: string | null): Promise<{ path: string; revision: string }[]> {
    const old = await this.#oldFolder();
    const inOld = old === null ? [] : [{ path: old, revision: revision ?? defaultRevision }];
    if (revision !== null) {
      const own = { path: this.#snapshot(revision), revision };
      return revision === defaultRevision ? [...inOld, own] : [own];
    }
    const names = await foldersIn(this.#snapshots);
    const usual = [defaultRevision, 'main'].filter((name) => names.includes(name));
    const chosen = usual.length > 0 ? usual : names.length === 1 ? names : [];
    return [...inOld, ...chosen.map((name) => ({ path: this.#snapshot(name), revision: name }))];
  }

  /** Where the files of a revision go. */
  async folder(revision: string): Promise<string> {
    const old = revision === defaultRevision ? await this.#oldFolder() : null;
    return old ?? this.#snapshot(revision);
  }

  /** Beside the file that Python locks. */
  lock(path: string): string {
    const key = ['tokometer', this.#name, path].join('\0');
    return join(this.root, '.lock', `file_${createHash('sha256').update(key).digest('hex')}.lock.tokometer`);
  }

  #snapshot(revision: string): string {
    const parts = revision.split('/');
    if (!revision.includes('\\') && parts.every((part) => part !== '' && part !== '.' && part !== '..')) {
      return join(this.#snapshots, ...parts);
    }
    throw new TokometerError('E_MODEL_FILE', `${JSON.stringify(revision)} is no revision`, {
      hint: '--revision takes a branch, a tag or a commit',
    });
  }

  async #oldFolder(): Promise<string | null> {
    const [owner = '', model = ''] = this.#name.split('/');
    for (const base of [this.root, join(this.root, 'hub')]) {
      const path = join(base, 'models', owner, model.replaceAll('.', '___'));
      const entries = await readdir(path).catch(() => []);
      if (entries.length > 0) return path;
    }
    return null;
  }
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
