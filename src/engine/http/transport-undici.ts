// The road through proxies and HTTP/2: undici behind the same interface as the sockets. It stamps first thing in undici's data
// callback, which comes later than the socket's own: docs/transport.md has the cost.
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { RunClock } from '../../base/clock.ts';
import { systemCodeOf } from '../../base/errors.ts';
import { originOf } from './connection.ts';
import { type Limited, LimitWatch } from './limit-watch.ts';
import { parseRequest, type ParsedRequest } from './request-bytes.ts';
import type { ExchangeHandler, TimeLimits, Transport, WireFailure } from './transport.ts';
import { RoadError } from './tunnel.ts';
import { SocketGone, type UndiciConnection, UndiciPool } from './undici-pool.ts';
import type { WakeKeeper } from './wake-keeper.ts';
import { brokenFailure, connectFailure } from './wire-failures.ts';

export interface UndiciTransportInput {
  readonly url: URL;
  /** null: straight to the server. */
  readonly proxy: URL | null;
  readonly http2: boolean;
  readonly clock: RunClock;
  readonly keeper: WakeKeeper;
}

/** A transport over undici. HTTP/2 is spoken over TLS alone. */
export async function undiciTransport({ url, proxy, http2, clock, keeper }: UndiciTransportInput): Promise<Transport> {
  const { Client } = await import('undici');
  const pool = new UndiciPool({ origin: originOf(url), proxy, http2, ClientOf: Client }, url.origin);
  const stamp = new ReadStamp(clock);
  return {
    start(request, handler, limits) {
      const exchange = new UndiciExchange({ pool, clock, keeper, stamp, http2, request, handler, limits });
      exchange.begin();
      return () => exchange.abort();
    },
    close: () => pool.close(),
  };
}

/** One clock reading for all that one socket read brings: undici hands on its parts without a pause. */
class ReadStamp {
  readonly #clock: RunClock;
  #atNs = 0;
  #fresh = false;

  constructor(clock: RunClock) {
    this.#clock = clock;
  }

  now(): number {
    if (this.#fresh) return this.#atNs;
    this.#atNs = this.#clock.nowNs();
    this.#fresh = true;
    queueMicrotask(this.#forget);
    return this.#atNs;
  }

  readonly #forget = (): void => {
    this.#fresh = false;
  };
}

interface UndiciExchangeInput {
  readonly pool: UndiciPool;
  readonly clock: RunClock;
  readonly keeper: WakeKeeper;
  readonly stamp: ReadStamp;
  readonly http2: boolean;
  readonly request: Uint8Array;
  readonly handler: ExchangeHandler;
  readonly limits: TimeLimits;
}

/**
 * One request and its response. A reused connection that dies before the response's head is complete (undici does not tell
 * of its first byte) is replaced once by a fresh one.
 */
class UndiciExchange implements Dispatcher.DispatchHandler, Limited {
  heardNs = 0;
  readonly #input: UndiciExchangeInput;
  readonly #watch: LimitWatch;
  readonly #request: ParsedRequest;
  #connection: UndiciConnection | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #connectNs: number | null = null;
  #reused = false;
  #phase: 'waiting' | 'answering' | 'answered' | 'over' = 'waiting';
  #leaveOpening: () => void = () => undefined;

  constructor(input: UndiciExchangeInput) {
    this.#input = input;
    this.#request = parseRequest(input.request);
    this.#watch = new LimitWatch(input.clock, input.limits, this);
  }

  begin(): void {
    this.#input.keeper.enter();
    const connection = this.#input.pool.reuse();
    this.#reused = connection !== null;
    if (connection === null) this.#connect();
    else this.#dispatch(connection, null);
  }

  /** Drops the request; its handler hears nothing more. */
  abort(): void {
    if (this.#phase === 'over') return;
    this.#finish(true);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#phase === 'over') return controller.abort(new Error('dropped'));
    this.#phase = 'answering';
    const sentNs = this.#input.clock.nowNs();
    this.#input.handler.sent(sentNs, this.#connectNs);
    this.heardNs = sentNs;
    this.#watch.answering();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    reason = '',
  ): void {
    const atNs = this.#input.stamp.now();
    this.heardNs = atNs;
    if (status < 200 || this.#phase !== 'answering') return;
    this.#phase = 'answered';
    if (this.#reused) this.#input.pool.reused(true);
    this.#input.handler.read(atNs);
    this.#input.handler.head({ status, reason, headers: headersOf(headers) });
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Buffer): void {
    const atNs = this.#input.stamp.now();
    if (this.#phase !== 'answered') return;
    this.heardNs = atNs;
    this.#input.handler.read(atNs);
    this.#input.handler.body(bytes, 0, bytes.length);
  }

  onResponseEnd(): void {
    const atNs = this.#input.stamp.now();
    if (this.#phase !== 'answered') return;
    this.#finish(false);
    this.#input.handler.read(this.heardNs);
    this.#input.handler.ended(atNs);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#phase === 'over') return;
    const started = this.#phase === 'answered';
    const gone = isGone(error);
    if (this.#reused && !started && gone) return this.#replace();
    this.#fail(failureOf(error, started), this.#input.stamp.now());
  }

  expired(failure: WireFailure, atNs: number): void {
    this.#fail(failure, atNs);
  }

  #connect(): void {
    const { clock, pool } = this.#input;
    const startedNs = clock.nowNs();
    this.#watch.connecting();
    const { connection, leave } = pool.open();
    this.#leaveOpening = leave;
    connection.then(
      (opened) => this.#dispatch(opened, clock.nowNs() - startedNs),
      (error: unknown) => this.#fail(roadFailure(error), clock.nowNs()),
    );
  }

  #dispatch(connection: UndiciConnection, connectNs: number | null): void {
    if (this.#phase === 'over') return;
    const { http2 } = this.#input;
    const { method, path, headers, body } = this.#request;
    this.#connection = connection;
    this.#connectNs = connectNs;
    connection.streams++;
    // undici lets only what it may send again share a connection; the pool's clients never get a second socket to do so.
    connection.client.dispatch({ method, path, headers, body, idempotent: http2, blocking: false }, this);
  }

  #replace(): void {
    const { pool } = this.#input;
    pool.reused(false);
    if (this.#connection !== null) pool.release(this.#connection, true);
    this.#connection = null;
    this.#controller = null;
    this.#reused = false;
    this.#phase = 'waiting';
    this.#connect();
  }

  #fail(failure: WireFailure, atNs: number): void {
    if (this.#phase === 'over') return;
    this.#finish(true);
    this.#input.handler.read(this.heardNs);
    this.#input.handler.failed(failure, atNs);
  }

  #finish(broken: boolean): void {
    this.#phase = 'over';
    this.#watch.stop();
    this.#input.keeper.leave();
    if (broken) this.#controller?.abort(new Error('dropped'));
    if (this.#connection === null) this.#leaveOpening();
    else this.#input.pool.release(this.#connection, broken);
    this.#connection = null;
  }
}

function trimmed(value: string): string {
  return value.replaceAll(/^[ \t]+|[ \t]+$/g, '');
}

/** As the decoder has them: lower case, repeated ones joined, without the white space that undici leaves at a value's end. */
function headersOf(headers: IncomingHttpHeaders): ReadonlyMap<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().map(trimmed).join(', ')]));
}

function roadFailure(error: unknown): WireFailure {
  if (error instanceof RoadError) return { kind: 'connect', message: error.message, code: error.code };
  return connectFailure(error instanceof Error ? error : null);
}

const closings = /^(?:other side closed|closed|HTTP\/2: "GOAWAY")/;

// The connection itself ended, by the other side or by an error of the socket.
function isGone(error: Error): boolean {
  if (error instanceof SocketGone) return true;
  const code = systemCodeOf(error) ?? '';
  return code === 'UND_ERR_SOCKET' ? closings.test(error.message) : /^(?:ECONN|EPIPE|ETIMEDOUT)/.test(code);
}

function failureOf(error: Error, started: boolean): WireFailure {
  const code = systemCodeOf(error) ?? '';
  if (error instanceof SocketGone || (code === 'UND_ERR_SOCKET' && closings.test(error.message))) {
    return brokenFailure(null, started);
  }
  if (error.name === 'HTTPParserError' || /^(?:HPE_|UND_ERR_(?:SOCKET|HEADERS_OVERFLOW|RES_))/.test(code)) {
    return { kind: 'bad-stream', message: `The server sent no valid HTTP answer (${error.message})`, code: null };
  }
  return brokenFailure(error, started);
}
