import type { RunClock } from '../../base/clock.ts';
import type { ServerAgreement, Tell } from '../../contract/engine.ts';
import type { RequestRecord } from '../../contract/record.ts';
import type { Pass } from '../passes.ts';
import type { ShardJob } from './shard-job.ts';
import { ShardThread } from './shard-thread.ts';

export interface CrewPass {
  readonly pass: Pass;
  readonly threads: number;
  readonly agreement: ServerAgreement;
  /** false: to warm the threads up. */
  readonly recorded: boolean;
  /** In no order that is promised. */
  readonly onRecord: (record: RequestRecord) => void;
  /** Aborting ends requests in flight as cancelled; they are recorded. */
  readonly signal: AbortSignal;
  readonly clock: RunClock;
}

// The threads of an open loop start together: by then each has its orders and its first requests.
const preparingNs = 20e6;

/** The client threads of a run: started when they are first needed, kept with their connections until the end. */
export class ShardCrew {
  readonly #job: Omit<ShardJob, 'shard'>;
  readonly #tell: Pick<Tell, 'warning' | 'debug'>;
  readonly #threads: ShardThread[] = [];

  constructor(job: Omit<ShardJob, 'shard'>, tell: Tell) {
    this.#job = job;
    const told = new Set<string>();
    this.#tell = {
      // Each thread finds out for itself what the server refuses; a person needs to hear it once.
      warning: (text) => {
        if (!told.has(text)) tell.warning(text);
        told.add(text);
      },
      debug: (text) => tell.debug(text),
    };
  }

  /**
   * Sends a pass on the first so many threads; resolves when all have ended, with what each has learnt of the server. When one
   * fails, or `onRecord` throws, the others are stopped, their records are handed on, and the first failure is thrown.
   */
  async send(input: CrewPass): Promise<readonly ServerAgreement[]> {
    const { pass, agreement, recorded, signal, clock } = input;
    const threads = await this.#first(input.threads);
    if (signal.aborted) return [];
    const failures: unknown[] = [];
    const stop = (): void => threads.forEach((thread) => thread.abort());
    const fail = (error: unknown): void => {
      failures.push(error);
      stop();
    };
    const keep = (record: RequestRecord): void => {
      try {
        input.onRecord(record);
      } catch (error) {
        fail(error);
      }
    };
    signal.addEventListener('abort', stop, { once: true });
    const ticket = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const startNs = clock.nowNs() + preparingNs;
    const learnt: ServerAgreement[] = [];
    const ends = threads.map((thread, index) => {
      const part = { shard: index + 1, share: { index, of: threads.length }, ticket, startNs };
      const order = { kind: 'pass', pass, agreement, recorded, ...part } as const;
      return thread.send(order, keep).then((one) => learnt.push(one), fail);
    });
    await Promise.all(ends);
    signal.removeEventListener('abort', stop);
    if (failures.length > 0) throw failures[0];
    return learnt;
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  async #first(count: number): Promise<readonly ShardThread[]> {
    while (this.#threads.length < count) {
      this.#threads.push(new ShardThread({ ...this.#job, shard: this.#threads.length + 1 }, this.#tell));
    }
    const threads = this.#threads.slice(0, count);
    await Promise.all(threads.map((thread) => thread.ready()));
    return threads;
  }
}
