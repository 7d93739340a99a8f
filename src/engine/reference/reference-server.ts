// The reference engine behind HTTP: comes in options, goes out a server that answers as vLLM does, at scripted times,
// with its own stamps taken just before each write and told at /reference/stamps.
// Must not know clients, runs or records: the stamps are the truth that those are checked against.
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { startRunClock } from '../../base/clock.ts';
import { messageOf, systemCodeOf, TokometerError } from '../../base/errors.ts';
import { AnswerDesk } from './answer-desk.ts';
import { faultsAt } from './fault.ts';
import { Pacer } from './pacer.ts';
import type { ReferenceServerOptions } from './server-options.ts';
import { StampBook, type RequestStamps } from './stamp-book.ts';

/** A running reference server. */
export interface ReferenceServer {
  /** `http://HOST:PORT`, without a path. */
  readonly url: string;
  readonly port: number;
  /** Ends every connection at once. */
  readonly close: () => Promise<void>;
  /** Oldest request first; what `GET /reference/stamps` tells. */
  readonly stamps: () => RequestStamps[];
}

/** Starts the server. Throws E_PORT_IN_USE, or E_ENGINE_START when it can't listen for another reason. */
export async function startReferenceServer(options: ReferenceServerOptions): Promise<ReferenceServer> {
  const clock = startRunClock();
  const pacer = new Pacer(clock.nowNs);
  const book = new StampBook();
  const desk = new AnswerDesk({ options, clock, pacer, book });
  const connections = new Connections(options);
  // A pause between two repetitions must not cost the client its connection.
  const server = createServer({ noDelay: true, keepAliveTimeout: 120_000 }, (request, response) => {
    const receivedNs = process.hrtime.bigint();
    if (connections.resets(request)) return;
    desk.answer(request, response, receivedNs);
  });
  connections.watch(server);
  const port = await listen(server, options);
  return {
    url: `http://${reachableHost(options.host)}:${port}`,
    port,
    close: async () => {
      pacer.close();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      connections.destroyAll();
      await closed;
    },
    stamps: () => book.pages().map((page) => page.read()),
  };
}

/** The open sockets, and how many requests each has brought. */
class Connections {
  readonly #requests = new Map<Socket, number>();
  readonly #options: ReferenceServerOptions;
  #reused = 0;

  constructor(options: ReferenceServerOptions) {
    this.#options = options;
  }

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      socket.setNoDelay(true);
      // Clients leave when they like: the response's `close` event is what counts.
      socket.on('error', ignore);
      this.#requests.set(socket, 0);
      socket.once('close', () => this.#requests.delete(socket));
    });
    server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
      else socket.destroy();
    });
  }

  /** Counts the request, and resets its connection if `reset-reused` says so. */
  resets(request: IncomingMessage): boolean {
    const { socket } = request;
    const count = (this.#requests.get(socket) ?? 0) + 1;
    this.#requests.set(socket, count);
    if (count < 2 || isOwnCount(request.url ?? '')) return false;
    this.#reused++;
    if (!faultsAt(this.#options.faults, this.#reused).has('reset-reused')) return false;
    socket.resetAndDestroy();
    return true;
  }

  destroyAll(): void {
    for (const socket of this.#requests.keys()) socket.destroy();
  }
}

// What the server tells of itself is no part of what goes wrong.
function isOwnCount(url: string): boolean {
  return url.startsWith('/reference/') || url === '/metrics';
}

function ignore(): void {}

async function listen(server: Server, options: ReferenceServerOptions): Promise<number> {
  const { host, port } = options;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)));
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function listenError(error: unknown, host: string, port: number): TokometerError {
  if (systemCodeOf(error) === 'EADDRINUSE') {
    return new TokometerError('E_PORT_IN_USE', `port ${port} on ${host} is in use by another program`, {
      hint: 'choose another one with --port, or --port 0 for any that is free',
      cause: error,
    });
  }
  return new TokometerError(
    'E_ENGINE_START',
    `the reference server can't listen on ${host}:${port}: ${messageOf(error)}`,
    {
      hint: 'choose an address of this machine with --host (127.0.0.1) and a port above 1023 with --port',
      cause: error,
    },
  );
}

// "All addresses" is a place to listen, not one to call.
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
