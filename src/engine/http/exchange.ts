import type { RunClock } from '../../base/clock.ts';
import type { AlikeReader, Connection, ConnectionListener } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { type Limited, LimitWatch } from './limit-watch.ts';
import { ResponseDecoder, type ResponseHandler } from './response-decoder.ts';
import type { ResponseHead } from './response-head.ts';
import type { ExchangeHandler, TimeLimits, Transport, WireFailure } from './transport.ts';
import type { WakeKeeper } from './wake-keeper.ts';
import { brokenFailure, connectFailure } from './wire-failures.ts';

export interface ExchangeInput {
  readonly pool: ConnectionPool;
  readonly clock: RunClock;
  readonly keeper: WakeKeeper;
  readonly request: Uint8Array;
  readonly handler: ExchangeHandler;
  readonly limits: TimeLimits;
}

/**
 * One request and its response on a connection. A reused connection that dies before the response's first byte is
 * replaced once by a fresh one; such a request was never answered, so sending it again is safe.
 */
class Exchange implements ConnectionListener, ResponseHandler, Limited {
  #heardNs = 0;
  #alike: AlikeReader | null = null;
  readonly #input: ExchangeInput;
  readonly #handler: ExchangeHandler;
  #decoder = new ResponseDecoder(this);
  #connection: Connection | null = null;
  #reused = false;
  #phase: 'connecting' | 'answering' | 'over' = 'connecting';
  readonly #watch: LimitWatch;
  #connectStartedNs = 0;

  constructor(input: ExchangeInput) {
    this.#input = input;
    this.#handler = input.handler;
    this.#watch = new LimitWatch(input.clock, input.limits, this);
  }

  get heardNs(): number {
    return Math.max(this.#heardNs, (this.#alike?.heardMs ?? 0) * 1e6);
  }

  begin(): void {
    this.#input.keeper.enter();
    const connection = this.#input.pool.reuse(this);
    if (connection === null) {
      this.#connect();
    } else {
      this.#connection = connection;
      this.#reused = true;
      this.#write(null);
    }
  }

  /** Drops the request; its handler hears nothing more. */
  abort(): void {
    if (this.#phase === 'over') return;
    this.#finish();
    this.#dropConnection();
  }

  opened(atNs: number): void {
    if (this.#phase === 'connecting') this.#write(atNs - this.#connectStartedNs);
  }

  read(bytes: Uint8Array, start: number, end: number, atNs: number): void {
    if (this.#phase !== 'answering') return;
    this.#heardNs = atNs;
    const decoder = this.#decoder;
    this.#handler.read(atNs);
    const stopped = decoder.feed(bytes, start, end);
    if (decoder.state === 'done') this.#complete(stopped === end, atNs);
    else if (decoder.state === 'malformed') {
      this.#fail({ kind: 'bad-stream', message: `The server sent ${decoder.problem}`, code: null }, atNs);
    } else this.#expect(decoder.isBetweenChunks ? (this.#handler.alike?.() ?? null) : null);
  }

  closed(error: Error | null, atNs: number): void {
    if (this.#phase === 'over') return;
    if (this.#phase === 'connecting') return this.#fail(connectFailure(error), atNs);
    const decoder = this.#decoder;
    if (error === null && decoder.close()) return this.#complete(false, atNs);
    if (this.#reused && !decoder.started) return this.#replace();
    this.#fail(brokenFailure(error, decoder.started), atNs);
  }

  head(head: ResponseHead): void {
    if (this.#reused) this.#input.pool.reused(true);
    this.#noteIdleLimit(head);
    if (this.#phase === 'answering') this.#handler.head(head);
  }

  body(bytes: Uint8Array, start: number, end: number): void {
    if (this.#phase === 'answering') this.#handler.body(bytes, start, end);
  }

  expired(failure: WireFailure, atNs: number): void {
    this.#fail(failure, atNs);
  }

  #connect(): void {
    this.#phase = 'connecting';
    this.#connectStartedNs = this.#input.clock.nowNs();
    this.#connection = this.#input.pool.create(this);
    this.#watch.connecting();
  }

  #write(connectNs: number | null): void {
    const { clock, request } = this.#input;
    this.#phase = 'answering';
    const sentNs = clock.nowNs();
    this.#heardNs = sentNs;
    this.#handler.sent(sentNs, connectNs);
    this.#connection?.write(request);
    this.#watch.answering();
  }

  #replace(): void {
    this.#input.pool.reused(false);
    this.#dropConnection();
    this.#reused = false;
    this.#decoder = new ResponseDecoder(this);
    this.#connect();
  }

  #noteIdleLimit(head: ResponseHead): void {
    const seconds = /timeout=(\d+)/.exec(head.headers.get('keep-alive') ?? '')?.[1];
    // Half a second early: the server must not close while a request is on its way.
    if (seconds !== undefined && this.#connection !== null) {
      this.#connection.idleLimitMs = Math.max(0, Number(seconds) * 1000 - 500);
    }
  }

  #complete(allRead: boolean, atNs: number): void {
    const connection = this.#connection;
    if (this.#phase === 'over') return;
    this.#finish();
    if (connection !== null && this.#decoder.keepAlive && allRead) this.#input.pool.keep(connection);
    else this.#dropConnection();
    this.#handler.read(this.heardNs);
    this.#handler.ended(atNs);
  }

  #fail(failure: WireFailure, atNs: number): void {
    if (this.#phase === 'over') return;
    this.#finish();
    this.#dropConnection();
    this.#handler.read(this.heardNs);
    this.#handler.failed(failure, atNs);
  }

  // The decoders stay between chunks and events while reads go past them.
  #expect(alike: AlikeReader | null): void {
    if (this.#connection === null) return;
    this.#alike = alike;
    this.#connection.expect(alike);
  }

  #finish(): void {
    this.#expect(null);
    this.#input.keeper.leave();
    this.#phase = 'over';
    this.#watch.stop();
  }

  #dropConnection(): void {
    if (this.#connection !== null) this.#input.pool.drop(this.#connection);
    this.#connection = null;
  }
}

/** A transport over sockets of a pool. */
export function poolTransport(pool: ConnectionPool, clock: RunClock, keeper: WakeKeeper): Transport {
  return {
    start(request, handler, limits) {
      const exchange = new Exchange({ pool, clock, keeper, request, handler, limits });
      exchange.begin();
      return () => exchange.abort();
    },
    close: () => pool.close(),
  };
}
