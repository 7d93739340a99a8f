import { closeSync, openSync, readSync } from 'node:fs';

const buffer = Buffer.allocUnsafe(4096);

/** A file of /proc or /sys that is read again and again: opened once, its start read anew each time. */
export class KeptFile {
  #handle: number | null = null;

  constructor(path: string) {
    try {
      this.#handle = openSync(path, 'r');
    } catch {
      // It is not here, or not for this user.
    }
  }

  /** The first 4 KiB; null where the file can't be read. */
  read(): string | null {
    if (this.#handle === null) return null;
    try {
      return buffer.toString('latin1', 0, readSync(this.#handle, buffer, 0, buffer.length, 0));
    } catch {
      // What it told of is gone.
      this.close();
      return null;
    }
  }

  number(): number | null {
    const text = this.read()?.trim() ?? '';
    return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null;
  }

  close(): void {
    if (this.#handle !== null) closeSync(this.#handle);
    this.#handle = null;
  }
}

/** The first of these files that can be read. */
export function firstKeptFile(paths: readonly string[]): KeptFile | null {
  for (const path of paths) {
    const file = new KeptFile(path);
    if (file.read() !== null) return file;
    file.close();
  }
  return null;
}
