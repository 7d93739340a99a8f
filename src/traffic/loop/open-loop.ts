// An open loop sends by the clock, however the server keeps up: each request is due at a time of its own, and a slow answer
// holds none back. It must not know what draws the times.
import { setMaxListeners } from 'node:events';
import { onAbort } from '../../base/on-abort.ts';
import type { RequestRecord } from '../../contract/record.ts';
import type { WorkItem } from '../work-item.ts';
import { answerRequest, prepareRequest, type PreparedRequest, type Sender } from './answer-request.ts';

export interface OpenLoopInput extends Sender {
  readonly points: Iterable<WorkItem>;
  /** Nanoseconds after the start of the loop, rising; at least as many as points. */
  readonly dueNs: Iterable<number>;
  /** Start of the loop by the clock, the same for all threads that share it; left out: as soon as it can. */
  readonly startNs?: number;
  /** Called once a request, in order of completion. */
  onRecord(record: RequestRecord): void;
}

// A timer of Node may be a millisecond late: the rest of the way is polled, with sockets read in between.
const pollNs = 2e6;
// Below the length of one turn of the event loop no turn is taken any more.
const spinNs = 60_000;
// Building a request takes time that belongs to others once they are in flight.
const builtAhead = 64;
const calmNs = 1e6;

/** Sends every work item at its time, and resolves when all have ended. Rejects only with what `onRecord` or the source threw. */
export function runOpenLoop(input: OpenLoopInput): Promise<void> {
  return new OpenLoop(input).run();
}

class OpenLoop {
  readonly #input: OpenLoopInput;
  readonly #sender: Sender;
  readonly #stop = new AbortController();
  readonly #items: Iterator<WorkItem>;
  readonly #due: Iterator<number>;
  readonly #built: { readonly dueNs: number; readonly prepared: PreparedRequest }[] = [];
  #startNs = 0;
  #inFlight = 0;
  #failures: unknown[] = [];
  #settle: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(input: OpenLoopInput) {
    this.#input = input;
    this.#sender = { ...input, signal: this.#stop.signal };
    this.#items = input.points[Symbol.iterator]();
    this.#due = input.dueNs[Symbol.iterator]();
    // An engine may listen for each request in flight.
    setMaxListeners(0, this.#stop.signal);
  }

  async run(): Promise<void> {
    const { signal } = this.#input;
    if (signal.aborted) return;
    const forget = onAbort(signal, () => this.#end(signal.reason));
    try {
      while (this.#built.length < builtAhead && this.#build());
      await new Promise<void>((resolve) => {
        this.#settle = resolve;
        this.#startNs = this.#input.startNs ?? this.#input.clock.nowNs();
        this.#turn();
      });
    } finally {
      forget();
    }
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** Sends what is due, and arranges to be called again in time for the next. */
  readonly #turn = (): void => {
    if (this.#stop.signal.aborted) return this.#settleWhenOver();
    try {
      for (let next = this.#next(); next !== null; next = this.#next()) {
        const remainingNs = this.#startNs + next.dueNs - this.#input.clock.nowNs();
        if (remainingNs > spinNs) return this.#wait(remainingNs);
        this.#spinUntil(this.#startNs + next.dueNs);
        this.#built.shift();
        this.#send(next);
      }
    } catch (error) {
      this.#failures.push(error);
      this.#end(error);
    }
    this.#settleWhenOver();
  };

  #next(): { readonly dueNs: number; readonly prepared: PreparedRequest } | null {
    if (this.#built.length === 0) this.#build();
    return this.#built[0] ?? null;
  }

  #wait(remainingNs: number): void {
    if (remainingNs > calmNs && this.#built.length < builtAhead) this.#build();
    if (remainingNs > pollNs) this.#timer = setTimeout(this.#turn, Math.floor((remainingNs - pollNs) / 1e6));
    else setImmediate(this.#turn);
  }

  #spinUntil(atNs: number): void {
    while (this.#input.clock.nowNs() < atNs);
  }

  #build(): boolean {
    const item = this.#items.next();
    if (item.done === true) return false;
    const due = this.#due.next();
    if (due.done === true) throw new RangeError('fewer due times than requests');
    this.#built.push({ dueNs: due.value, prepared: prepareRequest(this.#sender, item.value) });
    return true;
  }

  #send({ dueNs, prepared }: { readonly dueNs: number; readonly prepared: PreparedRequest }): void {
    this.#inFlight++;
    answerRequest(this.#sender, prepared, this.#startNs + dueNs)
      .then((record) => this.#input.onRecord(record))
      .catch((error: unknown) => {
        this.#failures.push(error);
        this.#end(error);
      })
      .finally(() => {
        this.#inFlight--;
        this.#settleWhenOver();
      });
  }

  #end(reason: unknown): void {
    this.#stop.abort(reason);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#settleWhenOver();
  }

  #settleWhenOver(): void {
    if (this.#inFlight > 0) return;
    if (this.#stop.signal.aborted || this.#next() === null) this.#settle?.();
  }
}
