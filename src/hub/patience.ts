import { setTimeout as sleep } from 'node:timers/promises';

import { HubUnreachableError, isNobodyThere, mayPass } from './http-error.ts';

const waitsMs = [500, 1000, 2000, 4000];

/** Decides how often a failed exchange with a hub is tried again, and how long is waited before. */
export class Patience {
  readonly #signal: AbortSignal | undefined;
  readonly #kind: 'question' | 'download';
  #failures = 0;

  /** A download is worth more waiting than a question: much of it may have come, and there is another hub to ask. */
  constructor(kind: 'question' | 'download', signal: AbortSignal | undefined) {
    this.#kind = kind;
    this.#signal = signal;
  }

  /** Progress was made: what failed before no longer counts. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits before another try; throws the error when there shall be none. */
  async afterFailure(error: unknown): Promise<void> {
    this.#signal?.throwIfAborted();
    const waitMs = waitsMs[this.#failures++];
    if (waitMs === undefined || !mayPass(error) || this.#isLostQuestion(error)) throw error;
    await sleep(
      waitMs * (0.75 + Math.random() / 2),
      undefined,
      this.#signal === undefined ? {} : { signal: this.#signal },
    );
  }

  #isLostQuestion(error: unknown): boolean {
    if (this.#kind === 'download' || !(error instanceof HubUnreachableError)) return false;
    return this.#failures > 1 || isNobodyThere(error);
  }
}
