import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { ConnectionPool } from '../../../../src/engine/http/connection-pool.ts';
import { poolTransport } from '../../../../src/engine/http/exchange.ts';
import { requestBytes } from '../../../../src/engine/http/request-bytes.ts';
import type { ResponseHead } from '../../../../src/engine/http/response-head.ts';
import type { ExchangeHandler, TimeLimits, Transport, WireFailure } from '../../../../src/engine/http/transport.ts';
import { undiciTransport } from '../../../../src/engine/http/transport-undici.ts';
import { clock } from './engine-under-test.ts';
import { WakeKeeper } from '../../../../src/engine/http/wake-keeper.ts';

/** The roads to a server, as the tests name them. */
export const plainRoads = ['node:net', 'undici through a proxy'] as const;
export const secureRoads = ['node:tls', 'undici through a proxy, TLS'] as const;
export type Road = (typeof plainRoads)[number] | (typeof secureRoads)[number];

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** A key and a certificate for localhost that nobody vouches for. */
export function makeKeys(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tokometer-keys-'));
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...name]);
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const keys = { key: read('key.pem'), cert: read('cert.pem') };
  rmSync(folder, { recursive: true, force: true });
  return keys;
}

/** A proxy that opens tunnels. */
export class TunnelProxy {
  readonly targets: string[] = [];
  readonly authorizations: (string | undefined)[] = [];
  /** What it answers in place of a tunnel. */
  refusal: string | null = null;
  readonly #server: Server = createServer((_request, response) => response.writeHead(405).end());
  readonly #sockets = new Set<Duplex>();

  async listen(): Promise<void> {
    this.#server.on('connect', (request: IncomingMessage, socket: Duplex) => this.#open(request, socket));
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): URL {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return new URL(`http://127.0.0.1:${address.port}`);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #open(request: IncomingMessage, socket: Duplex): void {
    this.targets.push(request.url ?? '');
    this.authorizations.push(request.headers['proxy-authorization']);
    socket.on('error', () => undefined);
    this.#sockets.add(socket);
    if (this.refusal !== null) return void socket.end(this.refusal);
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    const far = connect({ host: hostname, port: Number(port === '' ? 80 : port), noDelay: true }, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(far).pipe(socket);
    });
    this.#sockets.add(far);
    // A reset stays a reset.
    far.on('error', () => void ('resetAndDestroy' in socket ? far.resetAndDestroy() : null));
    far.on('close', () => socket.destroy());
    socket.on('close', () => far.destroy());
  }
}

/** The transport of a road. */
export function openRoad(road: Road | 'undici with HTTP/2', url: URL, proxy: TunnelProxy): Promise<Transport> {
  if (road === 'node:net' || road === 'node:tls') {
    return Promise.resolve(poolTransport(new ConnectionPool(url, clock), clock, new WakeKeeper(false)));
  }
  const http2 = road === 'undici with HTTP/2';
  return undiciTransport({ url, proxy: http2 ? null : proxy.url, http2, clock, keeper: new WakeKeeper(false) });
}

/** What one exchange brought. */
export class Exchanged implements ExchangeHandler {
  readonly attempts: { atNs: number; connectNs: number | null }[] = [];
  readonly heads: ResponseHead[] = [];
  readonly stamps: number[] = [];
  readonly ends: string[] = [];
  failure: WireFailure | null = null;
  endedNs = 0;
  #parts: Buffer[] = [];
  #bytesOfRead = 0;

  sent(atNs: number, connectNs: number | null): void {
    this.attempts.push({ atNs, connectNs });
  }

  read(atNs: number): void {
    this.#bytesOfRead = atNs;
  }

  head(head: ResponseHead): void {
    this.heads.push(head);
  }

  body(bytes: Uint8Array, start: number, end: number): void {
    if (end > start) this.stamps.push(this.#bytesOfRead);
    this.#parts.push(Buffer.from(bytes.subarray(start, end)));
  }

  ended(atNs: number): void {
    this.endedNs = atNs;
    this.ends.push('ended');
  }

  failed(failure: WireFailure, atNs: number): void {
    this.failure = failure;
    this.endedNs = atNs;
    this.ends.push('failed');
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString();
  }
}

const noLimits: TimeLimits = { connectTimeoutMs: 5000, readTimeoutMs: 5000, totalTimeoutMs: 10_000 };

/** Sends one request and waits for its end. */
export async function ask(transport: Transport, url: URL, limits: Partial<TimeLimits> = {}): Promise<Exchanged> {
  const headers = new Map([
    ['host', url.host],
    ['content-type', 'application/json'],
  ]);
  const exchanged = new Exchanged();
  await new Promise<void>((resolve) => {
    const handler: ExchangeHandler = {
      sent: (atNs, connectNs) => exchanged.sent(atNs, connectNs),
      read: (atNs) => exchanged.read(atNs),
      head: (head) => exchanged.head(head),
      body: (bytes, start, end) => exchanged.body(bytes, start, end),
      ended: (atNs) => {
        exchanged.ended(atNs);
        resolve();
      },
      failed: (failure, atNs) => {
        exchanged.failed(failure, atNs);
        resolve();
      },
    };
    transport.start(requestBytes({ method: 'POST', url }, headers, '{"a":1}'), handler, { ...noLimits, ...limits });
  });
  return exchanged;
}
