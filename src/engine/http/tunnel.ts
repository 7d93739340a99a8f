import { isIP, Socket } from 'node:net';
import { connect as connectSecure, type TLSSocket } from 'node:tls';
import type { Client } from 'undici';
import { systemCodeOf } from '../../base/errors.ts';
import type { Origin } from './connection.ts';
import { shownProxy } from './proxy-choice.ts';
import { connectFailure } from './wire-failures.ts';

/** A socket that could not be opened. `message`: whole words, for a person. */
export class RoadError extends Error {
  readonly code: string | null;

  constructor(message: string, code: string | null) {
    super(message);
    this.code = code;
  }
}

export interface RoadInput {
  readonly origin: Origin;
  readonly proxy: URL | null;
  /** HTTP/2 over TLS or nothing. */
  readonly http2: boolean;
  readonly ClientOf: typeof Client;
}

/** Opens a socket to a server, through a proxy's tunnel where there is one. Rejects with a RoadError. */
export async function openRoad(input: RoadInput, signal: AbortSignal): Promise<Socket> {
  const { origin, proxy } = input;
  const tunnel = proxy === null ? null : await openTunnel(input, proxy, signal);
  const socket = origin.secure || tunnel === null ? await secure(input, tunnel, signal) : tunnel;
  socket.setNoDelay(true);
  // A long prefill is a long silence: keeps address translation on the way from forgetting the connection.
  socket.setKeepAlive(true, 30_000);
  return socket;
}

async function openTunnel({ origin, ClientOf }: RoadInput, proxy: URL, signal: AbortSignal): Promise<Socket> {
  const client = new ClientOf(proxy.origin, { connect: { timeout: 0 }, headersTimeout: 0 });
  const host = origin.host.includes(':') ? `[${origin.host}]` : origin.host;
  const target = `${host}:${origin.port}`;
  try {
    const headers = { host: target, 'proxy-connection': 'keep-alive', ...authorization(proxy) };
    const { socket, statusCode } = await client.connect({ path: target, headers, signal });
    if (statusCode < 200 || statusCode > 299) {
      socket.destroy();
      const hint = statusCode === 407 ? '; give its user name and password in --proxy' : '';
      throw new RoadError(
        `the proxy ${shownProxy(proxy.href)} refused a tunnel to ${target} (HTTP ${statusCode}${hint})`,
        null,
      );
    }
    if (!(socket instanceof Socket)) throw new RoadError('the tunnel of the proxy is no socket', null);
    return socket;
  } catch (error) {
    if (error instanceof RoadError) throw error;
    const failure = connectFailure(error instanceof Error ? error : null);
    throw new RoadError(`the proxy ${shownProxy(proxy.href)}: ${failure.message}`, failure.code);
  } finally {
    // The tunnel's socket is its own by now.
    client.destroy().catch(() => undefined);
  }
}

function authorization(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

function secure({ origin, http2 }: RoadInput, tunnel: Socket | null, signal: AbortSignal): Promise<TLSSocket> {
  const { host, port } = origin;
  const name = isIP(host) === 0 ? { servername: host } : {};
  const under = tunnel === null ? {} : { socket: tunnel };
  const socket = connectSecure({ host, port, ALPNProtocols: [http2 ? 'h2' : 'http/1.1'], ...name, ...under });
  return new Promise((resolve, reject) => {
    const end = (error: Error | null): void => {
      socket.destroy();
      tunnel?.destroy();
      const code = systemCodeOf(error);
      const failure = connectFailure(error);
      reject(
        code?.includes('NO_APPLICATION_PROTOCOL') === true ? noHttp2() : new RoadError(failure.message, failure.code),
      );
    };
    const stop = (): void => end(null);
    const closed = (): void => end(null);
    signal.addEventListener('abort', stop, { once: true });
    socket.once('error', end).once('close', closed);
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', stop);
      socket.off('error', end).off('close', closed);
      if (http2 && socket.alpnProtocol !== 'h2') {
        socket.destroy();
        reject(noHttp2());
      } else {
        resolve(socket);
      }
    });
  });
}

function noHttp2(): RoadError {
  return new RoadError('it does not speak HTTP/2 over TLS: leave out --http2', null);
}
