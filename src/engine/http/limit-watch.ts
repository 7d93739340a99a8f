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
      else this.#expired(this.#clock.nowNs());
    });
  }

  #leftMs(): number {
    const nowNs = this.#clock.nowNs();
    return Math.min(this.#stepLeftMs(nowNs), this.#totalLeftMs(nowNs));
  }

  #stepLeftMs(nowNs: number): number {
    const { connectTimeoutMs, readTimeoutMs } = this.#limits;
    if (this.#phase === 'connecting') return leftMs(connectTimeoutMs, nowNs - this.#connectingNs);
    return leftMs(readTimeoutMs, nowNs - this.#limited.heardNs);
  }

  #totalLeftMs(nowNs: number): number {
    return leftMs(this.#limits.totalTimeoutMs, nowNs - this.#startedNs);
  }

  #expired(nowNs: number): void {
    const { connectTimeoutMs, readTimeoutMs, totalTimeoutMs } = this.#limits;
    const isTotal = this.#totalLeftMs(nowNs) <= this.#stepLeftMs(nowNs);
    const failure = isTotal
      ? timeout('total-timeout', 'no complete answer within', totalTimeoutMs)
      : this.#phase === 'connecting'
        ? timeout('connect-timeout', 'no connection within', connectTimeoutMs)
        : timeout('read-timeout', 'silence for', readTimeoutMs);
    this.#limited.expired(failure, nowNs);
  }
}

function leftMs(limitMs: number | null, passedNs: number): number {
  return limitMs === null ? Infinity : limitMs - passedNs / 1e6;
}

function timeout(kind: WireFailure['kind'], words: string, limitMs: number | null): WireFailure {
  return { kind, message: `${words} ${formatDuration(limitMs ?? 0)}`, code: null };
}
