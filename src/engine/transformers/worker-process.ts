import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { oneLine } from '../../base/escape.ts';
import { parseWorkerLine, type FromWorker, type ToWorker } from './messages.ts';

const shownLogLines = 15;
const closeGraceMs = 3000;
const termGraceMs = 3000;

export interface WorkerStart {
  readonly command: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Everything but the protocol is appended here. */
  readonly logFile: string;
}

/** What the worker answers at last, or how it ended instead. */
export type WorkerReply = Exclude<FromWorker, { type: 'progress' }> | { readonly type: 'ended'; readonly how: string };

/** The worker's process: messages in, one reply at a time out, and an end that leaves nothing behind. */
export class WorkerProcess {
  readonly pid: number | null;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #logStart: number;
  #waiting: ((reply: WorkerReply) => void) | null = null;
  #progress: (text: string) => void = () => undefined;
  #ended: string | null = null;
  readonly #gone: Promise<void>;

  constructor(start: WorkerStart) {
    this.#logFile = start.logFile;
    const log = openSync(start.logFile, 'a');
    this.#logStart = readFileSync(start.logFile).length;
    try {
      // A group of its own: a signal for it reaches whatever the libraries start.
      this.#child = spawn(start.command, start.words, {
        env: start.environment,
        stdio: ['pipe', 'pipe', log],
        detached: true,
      });
    } finally {
      closeSync(log);
    }
    this.pid = this.#child.pid ?? null;
    this.#gone = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#end(`could not be started: ${error.message}`);
        resolve();
      });
      // `close` comes after the last line was read: a reply right before the exit is not lost.
      this.#child.on('close', (code, signal) => {
        this.#end(signal === null ? `ended with exit code ${code ?? 'unknown'}` : `was ended by ${signal}`);
        resolve();
      });
    });
    // A worker that is gone is told by its end, not by the broken pipe.
    this.#child.stdin?.on('error', () => undefined);
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.#line(line));
    }
  }

  /** How the worker ended; null while it lives. */
  get ended(): string | null {
    return this.#ended;
  }

  /** Resolves with the reply to this message. One at a time. */
  ask(message: ToWorker, progress: (text: string) => void = () => undefined): Promise<WorkerReply> {
    if (this.#ended !== null) return Promise.resolve({ type: 'ended', how: this.#ended });
    this.#progress = progress;
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#write(message);
    });
  }

  /** Asks for an early end of the request under way; its reply still comes. */
  cancel(): void {
    this.#write({ type: 'cancel' });
  }

  /** Ends the group at once. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  /** Asks to end, then insists. Resolves when the process is gone; safe to call twice. */
  async close(): Promise<void> {
    if (this.#ended === null) {
      this.#write({ type: 'close' });
      this.#child.stdin?.end();
      if (!(await this.#goneWithin(closeGraceMs))) {
        this.#signal('SIGTERM');
        if (!(await this.#goneWithin(termGraceMs))) this.#signal('SIGKILL');
      }
    }
    await this.#gone;
    // What the libraries started may have outlived the worker itself.
    this.#signal('SIGKILL');
  }

  /** The last lines of this worker's log, for a person. */
  lastLogLines(): string {
    let text = '';
    try {
      text = readFileSync(this.#logFile).subarray(this.#logStart).toString('utf8');
    } catch {
      return '';
    }
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines
      .slice(-shownLogLines)
      .map((line) => oneLine(line))
      .join('\n');
  }

  #write(message: ToWorker): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  #line(line: string): void {
    const message = parseWorkerLine(line);
    if (message === null) {
      this.#end(`broke the protocol with ${oneLine(line, 120)}`);
      this.kill();
      return;
    }
    if (message.type === 'progress') this.#progress(message.text);
    else this.#reply(message);
  }

  #end(how: string): void {
    this.#ended ??= how;
    this.#reply({ type: 'ended', how: this.#ended });
  }

  #reply(reply: WorkerReply): void {
    const resolve = this.#waiting;
    this.#waiting = null;
    resolve?.(reply);
  }

  async #goneWithin(timeoutMs: number): Promise<boolean> {
    const stop = new AbortController();
    const late = sleep(timeoutMs, false, { signal: stop.signal }).catch(() => false);
    const gone = await Promise.race([this.#gone.then(() => true), late]);
    stop.abort();
    return gone;
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.pid === null) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // The group is gone.
    }
  }
}
