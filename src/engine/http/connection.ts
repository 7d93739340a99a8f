import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import type { RunClock } from '../../base/clock.ts';
import { stampReads } from './read-stamp.ts';

export interface ConnectionListener {
  opened(atNs: number): void;
  /** Bytes that are valid during the call only. */
  read(bytes: Uint8Array, start: number, end: number, atNs: number): void;
  /** Once: the other side closed (null), or an error. */
  closed(error: Error | null, atNs: number): void;
}

/** Takes reads that are like those before them, so that nothing else needs to look at them. */
export interface AlikeReader {
  /** Takes what it knows, as of the stamp of the read, from the begin of the bytes on; returns where it stopped. */
  takeAlike(bytes: Uint8Array, length: number): number;
  /** When it took something last, in whole milliseconds of the run clock. */
  readonly heardMs: number;
}

export interface Origin {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
}

/** Where a URL's server is reached. */
export function originOf(url: URL): Origin {
  const secure = url.protocol === 'https:';
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  return { secure, host, port: url.port === '' ? (secure ? 443 : 80) : Number(url.port) };
}

// One buffer for every plain connection: a read is used up inside its callback.
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** One socket. The clock is read first thing in each read callback, before anything is done with the bytes. */
export class Connection {
  listener: ConnectionListener;
  /** The server's own limit for idle connections, from its `Keep-Alive` header; Infinity when it names none. */
  idleLimitMs = Infinity;
  idleSinceNs = 0;
  /** From the first packet of the connection to the system's answer, the look-up of its name left out; null: not open yet. */
  roundTripNs: number | null = null;
  /** Reads go to `alike` first from now on; null: to the listener at once. */
  readonly expect: (alike: AlikeReader | null) => void;
  readonly #socket: Socket;
  #open = true;

  constructor(origin: Origin, clock: RunClock, listener: ConnectionListener) {
    this.listener = listener;
    const { host, port } = origin;
    // In the scope of the callback, not in this object: with hundreds of streams each object that a token touches is fetched anew
    // from beyond the processor's caches, some 0.1 us each.
    let expected: AlikeReader | null = null;
    this.expect = (alike) => {
      expected = alike;
    };
    const take = (length: number, bytes: Uint8Array): true => {
      const atNs = clock.nowNs();
      stampReads(atNs);
      const taken = expected === null ? 0 : expected.takeAlike(bytes, length);
      if (taken < length) this.listener.read(bytes, taken, length, atNs);
      return true;
    };
    if (origin.secure) {
      const name = isIP(host) === 0 ? { servername: host } : {};
      this.#socket = connectSecure({ host, port, ALPNProtocols: ['http/1.1'], ...name });
      this.#socket.on('data', (bytes: Buffer) => take(bytes.length, bytes));
    } else {
      this.#socket = connectPlain({ host, port, onread: { buffer: readBuffer, callback: take } });
    }
    const socket = this.#socket;
    let startedNs = clock.nowNs();
    socket.once('lookup', () => (startedNs = clock.nowNs()));
    socket.once('connect', () => (this.roundTripNs = clock.nowNs() - startedNs));
    socket.setNoDelay(true);
    // A long prefill is a long silence: keeps address translation on the way from forgetting the connection.
    socket.setKeepAlive(true, 30_000);
    socket.once(origin.secure ? 'secureConnect' : 'connect', () => {
      if (this.#open) this.listener.opened(clock.nowNs());
    });
    socket.on('end', () => this.#close(null, clock.nowNs()));
    socket.on('error', (error) => this.#close(error, clock.nowNs()));
    socket.on('close', () => this.#close(null, clock.nowNs()));
  }

  get open(): boolean {
    return this.#open;
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** An idle connection must not keep the process alive. */
  holdProcess(hold: boolean): void {
    if (hold) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Closes at once; the listener hears nothing of it. */
  destroy(): void {
    this.#open = false;
    this.#socket.destroy();
  }

  #close(error: Error | null, atNs: number): void {
    if (!this.#open) return;
    this.destroy();
    this.listener.closed(error, atNs);
  }
}
