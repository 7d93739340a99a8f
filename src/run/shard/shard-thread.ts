import { Worker } from 'node:worker_threads';
import { messageOf, TokometerError } from '../../base/errors.ts';
import type { ServerAgreement, Tell } from '../../contract/engine.ts';
import type { RequestRecord } from '../../contract/record.ts';
import type { PassOrder, ShardJob, ShardOrder, ShardReport } from './shard-job.ts';

// Node 20 reads no TypeScript in a worker: run from the sources, the built entry is taken.
const entry = import.meta.url.endsWith('.ts') ? '../../../dist/run/shard/shard-worker.js' : './shard-worker.js';
const closeLimitMs = 2000;

interface PassUnderWay {
  readonly onRecord: (record: RequestRecord) => void;
  readonly resolve: (agreement: ServerAgreement) => void;
  readonly reject: (error: unknown) => void;
}

/** The main thread's end of one client thread. */
export class ShardThread {
  readonly #worker: Worker;
  readonly #shard: number;
  readonly #tell: Pick<Tell, 'warning' | 'debug'>;
  readonly #ready: Promise<void>;
  readonly #ended: Promise<void>;
  #becomeReady: () => void = () => undefined;
  #failStart: (error: unknown) => void = () => undefined;
  #pass: PassUnderWay | null = null;
  #death: TokometerError | null = null;

  constructor(job: ShardJob, tell: Pick<Tell, 'warning' | 'debug'>) {
    this.#shard = job.shard;
    this.#tell = tell;
    this.#worker = new Worker(new URL(entry, import.meta.url), { workerData: job, name: `client ${job.shard}` });
    this.#ready = new Promise((resolve, reject) => {
      this.#becomeReady = resolve;
      this.#failStart = reject;
    });
    // Whoever waits for it hears of it; until then it is nobody's.
    this.#ready.catch(() => undefined);
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.#die(`it ended by itself (exit code ${code})`);
        resolve();
      });
    });
    this.#worker.on('error', (error) => this.#die(messageOf(error)));
    this.#worker.on('message', (report: ShardReport) => this.#hear(report));
  }

  /** Resolves when it can send. Rejects with E_CLIENT_THREAD. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /**
   * Sends its part of a pass and resolves with what it has learnt of the server; each record is handed on as it comes. Rejects
   * with E_CLIENT_THREAD when the thread fails; records that came before stay.
   */
  send(order: PassOrder, onRecord: (record: RequestRecord) => void): Promise<ServerAgreement> {
    return new Promise((resolve, reject) => {
      if (this.#death !== null) return reject(this.#death);
      this.#pass = { onRecord, resolve, reject };
      this.#order(order);
    });
  }

  /** Ends the requests in flight as cancelled. */
  abort(): void {
    this.#order({ kind: 'abort' });
  }

  async close(): Promise<void> {
    this.#order({ kind: 'close' });
    const timer = setTimeout(() => void this.#worker.terminate(), closeLimitMs);
    await this.#ended;
    clearTimeout(timer);
  }

  #order(order: ShardOrder): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin
    this.#worker.postMessage(order);
  }

  #hear(report: ShardReport): void {
    switch (report.kind) {
      case 'ready':
        return this.#becomeReady();
      case 'records':
        for (const record of report.records) this.#pass?.onRecord(record);
        return;
      case 'warning':
      case 'debug':
        return this.#tell[report.kind](report.text);
      case 'passEnd': {
        const pass = this.#pass;
        this.#pass = null;
        if (report.problem === null) pass?.resolve(report.agreement);
        else pass?.reject(this.#failure(report.problem));
      }
    }
  }

  // The first reason is the true one: an error is followed by the end of the thread.
  #die(reason: string): void {
    this.#death ??= this.#failure(reason);
    this.#failStart(this.#death);
    this.#pass?.reject(this.#death);
    this.#pass = null;
  }

  #failure(reason: string): TokometerError {
    return new TokometerError('E_CLIENT_THREAD', `client thread ${this.#shard} failed: ${reason}`, {
      hint: 'what was measured is kept; --client-threads 1 sends on the main thread',
    });
  }
}
