import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import type { TokometerError } from '../base/errors.ts';
import type { RequestRecord } from '../contract/record.ts';
import { ByteBatch } from './byte-batch.ts';
import { outputError } from './output-error.ts';
import { encodeRecord } from './record-codec.ts';

// Longer batches would hold the event loop: encoding 32 KB takes some 0.2 ms.
const batchBytes = 32_768;
// Under load a write for each record would cost as much as its encoding.
const gatherMs = 50;
const mostGathered = 64;

/** records.jsonl while a run goes on: records are queued in order, and one writer brings them to the file. */
export class RecordsFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #batch = new ByteBatch(batchBytes);
  #queue: RequestRecord[] = [];
  #writing: Promise<void> | null = null;
  #wroteAtMs = -Infinity;
  #hurry: () => void = () => undefined;
  #safe = 0;
  #failure: TokometerError | null = null;
  #isReported = false;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** Creates the file and proves that a byte can be written to it. Throws E_OUTPUT or E_DISK_FULL. */
  static async open(path: string): Promise<RecordsFile> {
    let handle: FileHandle | null = null;
    try {
      handle = await open(path, 'a');
      const { size } = await handle.stat();
      await handle.appendFile('\n');
      await handle.truncate(size);
      return new RecordsFile(path, handle);
    } catch (error) {
      await handle?.close();
      throw outputError(path, error);
    }
  }

  /**
   * Queues a record, which must not change any more. Encoding and writing happen in later turns of the event loop. After a
   * failure nothing is written: it would stand behind a line that was cut in the middle.
   */
  append(record: RequestRecord): void {
    if (this.#failure !== null) return;
    this.#queue.push(record);
    this.#writing ??= this.#write();
    if (this.#queue.length >= mostGathered) this.#hurry();
  }

  /** The error that ended writing; records after it are not on disk. */
  failed(): TokometerError | null {
    return this.#failure;
  }

  /** Resolves when all queued records are with the system, so that a killed process loses none. Throws what ended writing. */
  async flush(): Promise<void> {
    this.#hurry();
    while (this.#writing !== null) await this.#writing;
    if (this.#failure === null) return;
    this.#isReported = true;
    throw this.#failure;
  }

  /** Flushes, brings the file to the disk and closes it. Throws only an error that no flush has thrown before. */
  async close(): Promise<void> {
    this.#hurry();
    while (this.#writing !== null) await this.#writing;
    try {
      if (this.#failure === null) await this.#handle.datasync();
    } catch (error) {
      this.#fail(error);
    } finally {
      await this.#handle.close();
    }
    if (this.#failure !== null && !this.#isReported) throw this.#failure;
  }

  async #write(): Promise<void> {
    await this.#gather();
    try {
      while (this.#queue.length > 0) await this.#writeQueue();
    } catch (error) {
      this.#fail(error);
    }
    this.#wroteAtMs = performance.now();
    this.#writing = null;
  }

  /** At once where nothing was written just before; under load after a pause, so that records share a write. */
  #gather(): Promise<void> {
    return new Promise((resolve) => {
      // Never within the turn that brought the record.
      const next = (): void => void setImmediate(resolve);
      const waitMs = this.#wroteAtMs + gatherMs - performance.now();
      if (waitMs <= 0) {
        next();
        return;
      }
      const timer = setTimeout(resolve, waitMs);
      this.#hurry = () => {
        clearTimeout(timer);
        next();
      };
    });
  }

  // One record may be longer than a batch, and many may share one.
  async #writeQueue(): Promise<void> {
    const queue = this.#queue;
    this.#queue = [];
    const batch = this.#batch;
    let whole = 0;
    for (const record of queue) {
      for (const _ of encodeRecord(record, batch)) {
        // oxlint-disable-next-line no-await-in-loop -- the file is written in order
        await this.#writeBatch(whole);
        whole = 0;
      }
      batch.text('\n');
      whole++;
    }
    await this.#writeBatch(whole);
  }

  /** `whole`: records that end in this batch. */
  async #writeBatch(whole: number): Promise<void> {
    await this.#handle.appendFile(this.#batch.bytes());
    this.#batch.empty();
    this.#safe += whole;
  }

  #fail(error: unknown): void {
    const safe = this.#safe === 1 ? '1 record is safe' : `${this.#safe} records are safe`;
    this.#failure ??= outputError(this.#path, error, safe);
    this.#queue = [];
  }
}
