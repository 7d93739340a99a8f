import type { RunClock } from '../../base/clock.ts';
import { formatDuration } from '../../base/units.ts';
import type { TimeLimits, WireFailure } from './transport.ts';

/** A request that is held to its limits. */
export interface Limited {
  /** When bytes came last; at first, when the request was sent. Asked for only when a limit may be over. */
  readonly heardNs: number;
  expired(failure: WireFailure, atNs: number): void;
}

/** Holds one request to its time limits. */
export class LimitWatch {
  readonly #clock: RunClock;
  readonly #limits: TimeLimits;
  readonly #limited: Limited;
  readonly #startedNs: number;
  #phase: 'connecting' | 'answering' | 'over' = 'answering';
  #connectingNs = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(clock: RunClock, limits: TimeLimits, limited: Limited) {
    this.#clock = clock;
    this.#limits = limits;
    this.#limited = limited;
    this.#startedNs = clock.nowNs();
  }

  /** A connection is being opened from now on. */
  connecting(): void {
    this.#phase = 'connecting';
    this.#connectingNs = this.#clock.nowNs();
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
    const waitMs = this.#leftMs();
    if (waitMs === Infinity) return;
    this.#timer = setTimeout(() => this.#expire(), Math.min(Math.max(1, Math.ceil(waitMs)), 2 ** 31 - 1));
  }

  #expire(): void {
    if (this.#leftMs() > 0) return this.#arm();
    // If the process was busy, an answer may lie unread: reads come before this.
    setImmediate(() => {
      if (this.#phase === 'over') return;
      if (this.#leftMs() > 0) this.#arm();
      else this.#limited.expired(this.#failure(), this.#clock.nowNs());
    });
  }

  #leftMs(): number {
    return Math.min(this.#stepLeftMs(), this.#totalLeftMs());
  }

  #stepLeftMs(): number {
    const { connectTimeoutMs, readTimeoutMs } = this.#limits;
    if (this.#phase === 'connecting') return this.#leftOf(connectTimeoutMs, this.#connectingNs);
    return this.#leftOf(readTimeoutMs, this.#limited.heardNs);
  }

  #totalLeftMs(): number {
    return this.#leftOf(this.#limits.totalTimeoutMs, this.#startedNs);
  }

  #leftOf(limitMs: number | null, sinceNs: number): number {
    return limitMs === null ? Infinity : limitMs - (this.#clock.nowNs() - sinceNs) / 1e6;
  }

  #failure(): WireFailure {
    const { connectTimeoutMs, readTimeoutMs, totalTimeoutMs } = this.#limits;
    if (this.#totalLeftMs() <= this.#stepLeftMs()) {
      return timeout('total-timeout', 'no complete answer within', totalTimeoutMs);
    }
    return this.#phase === 'connecting'
      ? timeout('connect-timeout', 'no connection within', connectTimeoutMs)
      : timeout('read-timeout', 'silence for', readTimeoutMs);
  }
}

function timeout(kind: WireFailure['kind'], words: string, limitMs: number | null): WireFailure {
  return { kind, message: `${words} ${formatDuration(limitMs ?? 0)}`, code: null };
}
