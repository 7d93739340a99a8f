import { closeSync, openSync, readSync } from 'node:fs';
import { plainText } from '../../base/escape.ts';

const chunkBytes = 64 * 1024;
const keptLines = 5000;

/**
 * The lines of a server's log file. The server writes to the file by itself; nothing is read while requests are timed,
 * only at the start, after a death, and when someone asks.
 */
export class EngineLog {
  readonly path: string;
  readonly #lines: string[] = [];
  #offset: number;
  #rest = '';

  /** Reads from `offset` on: what an earlier server left in the file is not this one's. */
  constructor(path: string, offset: number) {
    this.path = path;
    this.#offset = offset;
  }

  /** Every line so far, at most the last 5000. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Reads on to the end of the file; returns the lines that are new. */
  readNew(): readonly string[] {
    let text = this.#rest;
    const buffer = Buffer.allocUnsafe(chunkBytes);
    const parts: Buffer[] = [];
    const file = openSync(this.path, 'r');
    try {
      for (;;) {
        const count = readSync(file, buffer, 0, chunkBytes, this.#offset);
        if (count === 0) break;
        this.#offset += count;
        parts.push(Buffer.from(buffer.subarray(0, count)));
      }
    } finally {
      closeSync(file);
    }
    text += Buffer.concat(parts).toString();
    // Progress bars draw over themselves: each state is a line.
    const pieces = text.split(/\r\n|\n|\r/);
    this.#rest = pieces.pop() ?? '';
    const fresh = pieces.map(plainText);
    this.#lines.push(...fresh);
    if (this.#lines.length > keptLines) this.#lines.splice(0, this.#lines.length - keptLines);
    return fresh;
  }

  /** The last lines that hold something. */
  tail(count: number): readonly string[] {
    return [...this.#lines, plainText(this.#rest)].filter((line) => line.trim() !== '').slice(-count);
  }
}

/** The words of a line, without the process, level, time and place that logs put before them. */
export function logWords(line: string): string {
  return line
    .replace(/^\([\w.-]+(?: pid=\d+)?\) ?/, '')
    .replace(/^(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)(?::| [\d-]+ [\d:.,]+)? *(?:\[[\w.]+:\d+\] )?/, '')
    .replace(/^\[[\d-]+ [\d:.,]+(?: \w+)*\] /, '')
    .replace(/^\d+\.\d+\.\d+\.\d+ [A-Z] /, '')
    .trim();
}

/** Lines that only report: what they quote of settings is no failure. */
export function isInformation(line: string): boolean {
  return /^(?:\([^)]*\) ?)?(?:DEBUG|INFO|WARNING)\b|^\d+\.\d+\.\d+\.\d+ [DIW] /.test(line);
}
