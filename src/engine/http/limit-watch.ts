import type { RunClock } from '../../base/clock.ts';
import { formatDuration } from '../../base/units.ts';
import type { TimeLimits, WireFailure } from './transport.ts';

export interface LimitWatchInput {
  readonly clock: RunClock;
  readonly limits: TimeLimits;
  /** When bytes came last; at first, when the request was sent. Asked for only when a limit may be over. */
  heardNs(): number;
  expired(failure: WireFailure, atNs: number): void;
}

/** Holds one request to its time limits. */
export class LimitWatch {
  readonly #input: LimitWatchInput;
  readonly #startedNs: number;
  #phase: 'connecting' | 'answering' | 'over' = 'answering';
  #connectingNs = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(input: LimitWatchInput) {
    this.#input = input;
    this.#startedNs = input.clock.nowNs();
  }

  /** A connection is being opened from now on. */
  connecting(): void {
    this.#phase = 'connecting';
    this.#connectingNs = this.#input.clock.nowNs();
    this.#arm();
  }

  /** The request is sent: silence counts from now on. */
  answering(): void {
    this.#phase = 'answering';
    this.#arm();
  }

  stop(): void {
    this.#phase = 'over';
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  // One timer a request, set anew when a limit begins to count; when it fires it looks at the last read and most often sleeps on.
  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const waitMs = this.#nearest().leftMs;
    if (waitMs === Infinity) return;
    this.#timer = setTimeout(() => this.#expire(), Math.min(Math.max(1, Math.ceil(waitMs)), 2 ** 31 - 1));
  }

  #expire(): void {
    if (this.#nearest().leftMs > 0) return this.#arm();
    // If the process was busy, an answer may lie unread: reads come before this.
    setImmediate(() => {
      if (this.#phase === 'over') return;
      const { leftMs, failure } = this.#nearest();
      if (leftMs > 0) this.#arm();
      else this.#input.expired(failure, this.#input.clock.nowNs());
    });
  }

  #nearest(): { leftMs: number; failure: WireFailure } {
    const { connectTimeoutMs, readTimeoutMs, totalTimeoutMs } = this.#input.limits;
    const nowNs = this.#input.clock.nowNs();
    const connecting = this.#phase === 'connecting';
    const stepMs = connecting ? connectTimeoutMs : readTimeoutMs;
    const stepLeftMs =
      stepMs === null ? Infinity : stepMs - (nowNs - (connecting ? this.#connectingNs : this.#input.heardNs())) / 1e6;
    const totalLeftMs = totalTimeoutMs === null ? Infinity : totalTimeoutMs - (nowNs - this.#startedNs) / 1e6;
    if (totalLeftMs <= stepLeftMs) {
      return { leftMs: totalLeftMs, failure: timeout('total-timeout', 'no complete answer within', totalTimeoutMs) };
    }
    const failure = connecting
      ? timeout('connect-timeout', 'no connection within', connectTimeoutMs)
      : timeout('read-timeout', 'silence for', readTimeoutMs);
    return { leftMs: stepLeftMs, failure };
  }
}

function timeout(kind: WireFailure['kind'], words: string, limitMs: number | null): WireFailure {
  return { kind, message: `${words} ${formatDuration(limitMs ?? 0)}`, code: null };
}
