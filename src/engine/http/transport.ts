import type { AlikeReader } from './connection.ts';
import type { ResponseHandler } from './response-decoder.ts';

/** Why an exchange on the wire failed; the answer turns it into an outcome. */
export interface WireFailure {
  readonly kind:
    | 'connect'
    | 'connect-timeout'
    | 'read-timeout'
    | 'total-timeout'
    | 'reset'
    | 'truncated'
    | 'bad-stream';
  /** What happened, without the URL. */
  readonly message: string;
  /** Node's error code, such as `ECONNREFUSED`. */
  readonly code: string | null;
}

/** Receives one request's life on the wire. After `ended` or `failed` nothing comes any more. */
export interface ExchangeHandler extends ResponseHandler {
  /** Just before the first byte is written. A second call: a dead connection was replaced, all begins anew. */
  sent(atNs: number, connectNs: number | null): void;
  /** A read begins: the stamp of all that `head`, `body`, `ended` and `failed` bring until the next one, of whatever exchange. */
  read(atNs: number): void;
  /** Who takes what goes on like the body so far, past those who decode it; null: the next bytes must be decoded. */
  alike?(): AlikeReader | null;
  /** The response is complete. */
  ended(atNs: number): void;
  failed(failure: WireFailure, atNs: number): void;
}

/** null: no limit. */
export interface TimeLimits {
  readonly connectTimeoutMs: number | null;
  /** Longest silence. */
  readonly readTimeoutMs: number | null;
  readonly totalTimeoutMs: number | null;
}

/** Carries requests to one origin: over sockets (exchange.ts), or through proxies and HTTP/2 (transport-undici.ts). */
export interface Transport {
  /** Sends a whole request (head and body in one). Returns what drops it: no callback comes after that. */
  start(request: Uint8Array, handler: ExchangeHandler, limits: TimeLimits): () => void;
  close(): void;
}
