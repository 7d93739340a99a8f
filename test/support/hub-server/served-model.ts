import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

export interface ServedFile {
  readonly path: string;
  /** On this disk. */
  readonly source: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Git's hash of the blob. */
  readonly sha1: string;
  /** Large files are stored apart: redirected, and named by their SHA-256. */
  readonly isLarge: boolean;
}

/** A folder shown as a hub's model; its files are hashed on the first question. */
export class ServedModel {
  readonly name: string;
  readonly #folder: string;
  readonly #largeFileBytes: number;
  #files: Promise<ReadonlyMap<string, ServedFile>> | null = null;

  constructor(name: string, folder: string, largeFileBytes: number) {
    this.name = name;
    this.#folder = folder;
    this.#largeFileBytes = largeFileBytes;
  }

  files(): Promise<ReadonlyMap<string, ServedFile>> {
    this.#files ??= this.#read();
    return this.#files;
  }

  async file(path: string): Promise<ServedFile | undefined> {
    return (await this.files()).get(path);
  }

  isLarge(path: string): boolean {
    return statSync(join(this.#folder, path)).size >= this.#largeFileBytes;
  }

  /** Stands for the content: another content is another commit. */
  async commit(): Promise<string> {
    const hash = createHash('sha1');
    for (const { path, sha1 } of (await this.files()).values()) hash.update(`${path} ${sha1}\n`);
    return hash.digest('hex');
  }

  async #read(): Promise<ReadonlyMap<string, ServedFile>> {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true });
    const files = await Promise.all(
      entries.filter((entry) => entry.isFile()).map((entry) => this.#hash(join(entry.parentPath, entry.name))),
    );
    return new Map(files.toSorted((a, b) => (a.path < b.path ? -1 : 1)).map((file) => [file.path, file]));
  }

  async #hash(source: string): Promise<ServedFile> {
    const body = await readFile(source);
    return {
      path: relative(this.#folder, source).replaceAll(sep, '/'),
      source,
      bytes: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
      sha1: createHash('sha1').update(`blob ${body.length}\0`).update(body).digest('hex'),
      isLarge: body.length >= this.#largeFileBytes,
    };
  }
}
