// Calls back at absolute times of a monotonic clock: all streams of an engine share one queue and one timer.
// Comes in: due time and task. Goes out: the call, some microseconds after the due time and never before it.
// Must not know what a task does, nor keep the process alive when nothing is due.
import { DueQueue, type DueEntry } from './due-queue.ts';

// A timer of Node fires up to 1 ms early or late: it is aimed this far ahead, and the rest is spun away.
const timerLeadNs = 1.5e6;
// Between two turns of the loop the due time can pass: so near to it, wait in place.
const inPlaceNs = 25_000;
// Tasks may run this long before sockets get a turn.
const longestBurstNs = 500_000;
const longestTimerMs = 2 ** 30;

/** Runs tasks at their due times. Spins by `setImmediate` in the last 1.5 ms, so that sockets are served meanwhile. */
export class Pacer {
  readonly #nowNs: () => number;
  readonly #queue = new DueQueue();
  #waiting = 0;
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;
  #timerDueNs = Infinity;
  #running = false;

  /** `nowNs`: the clock in which due times are given, nanoseconds. */
  constructor(nowNs: () => number) {
    this.#nowNs = nowNs;
  }

  /** Runs `task` once at `dueNs`; at the next turn of the loop if that has passed. The task must not throw. */
  at(dueNs: number, task: () => void): DueEntry {
    const entry = this.#queue.add(dueNs, task);
    this.#waiting++;
    if (!this.#running && this.#immediate === null && dueNs < this.#timerDueNs) this.#arm();
    return entry;
  }

  /** Takes back what `at` returned; nothing happens when it already ran. */
  cancel(entry: DueEntry): void {
    if (entry.task === null) return;
    // The queue drops it when its turn comes.
    entry.task = null;
    this.#waiting--;
    if (this.#waiting === 0) this.close();
  }

  /** Forgets every task and lets go of the timer. */
  close(): void {
    this.#disarm();
    this.#waiting = 0;
    this.#queue.clear();
  }

  readonly #turn = (): void => {
    this.#disarm();
    this.#running = true;
    try {
      this.#runDue();
    } finally {
      this.#running = false;
      this.#arm();
    }
  };

  #runDue(): void {
    let nowNs = this.#nowNs();
    const burstEndNs = nowNs + longestBurstNs;
    for (let entry = this.#queue.first(); entry !== undefined; entry = this.#queue.first()) {
      if (entry.dueNs - nowNs > inPlaceNs) return;
      while (nowNs < entry.dueNs) nowNs = this.#nowNs();
      const task = entry.task;
      entry.task = null;
      this.#queue.removeFirst();
      this.#waiting--;
      task?.();
      nowNs = this.#nowNs();
      if (nowNs > burstEndNs) return;
    }
  }

  #arm(): void {
    this.#disarm();
    const entry = this.#queue.first();
    if (entry === undefined) return;
    const timerMs = Math.floor((entry.dueNs - this.#nowNs() - timerLeadNs) / 1e6);
    if (timerMs < 1) {
      this.#immediate = setImmediate(this.#turn);
      return;
    }
    this.#timerDueNs = entry.dueNs;
    this.#timer = setTimeout(this.#turn, Math.min(timerMs, longestTimerMs));
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#timer = null;
    this.#immediate = null;
    this.#timerDueNs = Infinity;
  }
}
