import type { Socket } from 'node:net';
import type { Client } from 'undici';
import { maximumHeadBytes } from './response-decoder.ts';
import { openRoad, type RoadInput } from './tunnel.ts';

// What undici takes for the limit of a server that names none.
const maximumStreams = 100;
// A server that drops kept connections this many times in a row will do so again: no more are kept.
const maximumDeadReuses = 3;
// Longer than any pause between requests: the server's own limit holds, from its Keep-Alive header.
const longestIdleMs = 24 * 3600 * 1000;

/** Why undici asked for a second socket: the first one is gone, and the request is for us to send again or not. */
export class SocketGone extends Error {
  readonly code = 'TOKOMETER_SOCKET_GONE';
}

/** One socket with undici's client on it. */
export interface UndiciConnection {
  readonly client: Client;
  readonly socket: Socket;
  /** Requests in flight. */
  streams: number;
}

interface Opening {
  readonly connection: Promise<UndiciConnection>;
  readonly abort: AbortController;
  waiting: number;
}

/** undici's clients for one origin: a connection for each request in flight, or one for up to 100 with HTTP/2. */
export class UndiciPool {
  readonly #road: RoadInput;
  readonly #origin: string;
  readonly #limit: number;
  readonly #connections: UndiciConnection[] = [];
  readonly #openings = new Set<Opening>();
  #deadReuses = 0;

  constructor(road: RoadInput, origin: string) {
    this.#road = road;
    this.#origin = origin;
    this.#limit = road.http2 ? maximumStreams : 1;
  }

  /** The open connection that was used last and takes one more request; null: there is none. */
  reuse(): UndiciConnection | null {
    return this.#connections.findLast(({ socket, streams }) => !socket.destroyed && streams < this.#limit) ?? null;
  }

  /** Opens a connection, or waits with others for one that is being opened. `leave` gives up waiting. */
  open(): { connection: Promise<UndiciConnection>; leave: () => void } {
    const opening = [...this.#openings].find(({ waiting }) => waiting < this.#limit) ?? this.#begin();
    opening.waiting++;
    return {
      connection: opening.connection,
      leave: () => {
        if (--opening.waiting === 0 && this.#openings.delete(opening)) opening.abort.abort();
      },
    };
  }

  /** A request is over. `broken`: so is its connection, but for the other streams on it. */
  release(connection: UndiciConnection, broken: boolean): void {
    connection.streams--;
    const wanted = this.#deadReuses < maximumDeadReuses && !connection.socket.destroyed;
    if (connection.streams > 0 || (wanted && (!broken || this.#road.http2))) return;
    this.#drop(connection);
  }

  /** A reused connection answered, or died before its first byte. */
  reused(alive: boolean): void {
    this.#deadReuses = alive ? 0 : this.#deadReuses + 1;
  }

  close(): void {
    for (const { abort } of this.#openings) abort.abort();
    for (let last = this.#connections.at(-1); last !== undefined; last = this.#connections.at(-1)) this.#drop(last);
  }

  #begin(): Opening {
    const abort = new AbortController();
    const connection = openRoad(this.#road, abort.signal).then((socket) => this.#keep(socket));
    const opening = { connection, abort, waiting: 0 };
    this.#openings.add(opening);
    connection.catch(() => undefined).finally(() => this.#openings.delete(opening));
    return opening;
  }

  #keep(socket: Socket): UndiciConnection {
    let used = false;
    const client = new this.#road.ClientOf(this.#origin, {
      connect: (_options, callback) => {
        const gone = used || socket.destroyed;
        used = true;
        // Not at once: undici does not go on when it is answered while it asks.
        queueMicrotask(() => {
          if (gone) callback(new SocketGone('the connection is gone'), null);
          else callback(null, socket);
        });
      },
      allowH2: this.#road.http2,
      pipelining: this.#limit,
      maxHeaderSize: maximumHeadBytes,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: longestIdleMs,
      keepAliveMaxTimeout: longestIdleMs,
      // Half a second early: the server must not close while a request is on its way.
      keepAliveTimeoutThreshold: 500,
    });
    const connection = { client, socket, streams: 0 };
    // Until undici listens, and after it stopped.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#drop(connection));
    this.#connections.push(connection);
    return connection;
  }

  #drop(connection: UndiciConnection): void {
    const index = this.#connections.indexOf(connection);
    if (index === -1) return;
    this.#connections.splice(index, 1);
    // What still runs on it hears of the end first.
    queueMicrotask(() => {
      connection.client.destroy().catch(() => undefined);
      connection.socket.destroy();
    });
  }
}
