import type { RequestRecord } from '../../contract/record.ts';

const intervalMs = 50;
// Some 10 us each: streams in flight are not held up for longer than by a large read.
const mostAtOnce = 32;

/** Gathers a thread's records and hands them on a few at a time: nothing is done while a request ends. */
export class RecordBatches {
  readonly #handOn: (records: RequestRecord[]) => void;
  #waiting: RequestRecord[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(handOn: (records: RequestRecord[]) => void) {
    this.#handOn = handOn;
  }

  add(record: RequestRecord): void {
    this.#waiting.push(record);
    this.#timer ??= setTimeout(this.#next, intervalMs);
  }

  /** Hands on all that is left, at once. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#waiting.length > 0) this.#handOn(this.#waiting.splice(0, mostAtOnce));
  }

  // Sockets are read between two batches.
  readonly #next = (): void => {
    this.#handOn(this.#waiting.splice(0, mostAtOnce));
    this.#timer = this.#waiting.length === 0 ? null : setTimeout(this.#next, 0);
  };
}
