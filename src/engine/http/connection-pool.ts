import type { RunClock } from '../../base/clock.ts';
import { Connection, originOf, type ConnectionListener, type Origin } from './connection.ts';

// A server that drops kept connections this many times in a row will do so again: no more are kept.
const maximumDeadReuses = 3;

/** Connections to one origin: as many as requests are in flight, kept open between them, last used first. */
export class ConnectionPool {
  readonly #origin: Origin;
  readonly #clock: RunClock;
  readonly #idle: Connection[] = [];
  readonly #busy = new Set<Connection>();
  #deadReuses = 0;
  #roundTripNs = Infinity;

  constructor(url: URL, clock: RunClock) {
    this.#origin = originOf(url);
    this.#clock = clock;
  }

  /** An open idle connection, or null. */
  reuse(listener: ConnectionListener): Connection | null {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      const idleMs = (this.#clock.nowNs() - connection.idleSinceNs) / 1e6;
      if (connection.open && idleMs < connection.idleLimitMs) {
        connection.listener = listener;
        connection.holdProcess(true);
        this.#busy.add(connection);
        return connection;
      }
      connection.destroy();
    }
    return null;
  }

  create(listener: ConnectionListener): Connection {
    const connection = new Connection(this.#origin, this.#clock, listener);
    this.#busy.add(connection);
    return connection;
  }

  /** The shortest of the connections that were given back; null: none was. */
  get roundTripNs(): number | null {
    return this.#roundTripNs === Infinity ? null : this.#roundTripNs;
  }

  /** Keeps a connection whose response is complete. */
  keep(connection: Connection): void {
    this.#free(connection);
    if (!connection.open || this.#deadReuses >= maximumDeadReuses) {
      connection.destroy();
      return;
    }
    connection.idleSinceNs = this.#clock.nowNs();
    connection.holdProcess(false);
    connection.listener = {
      opened: () => undefined,
      read: () => this.#forget(connection),
      closed: () => this.#forget(connection),
    };
    this.#idle.push(connection);
  }

  drop(connection: Connection): void {
    this.#free(connection);
    connection.destroy();
  }

  /** A reused connection answered, or died before its first byte. */
  reused(alive: boolean): void {
    this.#deadReuses = alive ? 0 : this.#deadReuses + 1;
  }

  close(): void {
    for (const connection of [...this.#idle, ...this.#busy]) connection.destroy();
    this.#idle.length = 0;
    this.#busy.clear();
  }

  #free(connection: Connection): void {
    this.#busy.delete(connection);
    this.#roundTripNs = Math.min(this.#roundTripNs, connection.roundTripNs ?? Infinity);
  }

  // Bytes on an idle connection answer nothing that was asked: such a connection is not used again.
  #forget(connection: Connection): void {
    connection.destroy();
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
  }
}
