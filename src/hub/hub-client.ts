import { setTimeout as sleep } from 'node:timers/promises';

import { formatDuration } from '../base/units.ts';
import { packageVersion } from '../base/package-version.ts';
import type { Tell } from '../contract/engine.ts';
import { HubUnreachableError, mayPass, readHttpError, shownAddress } from './http-error.ts';
import { Patience } from './patience.ts';

export interface HubClientInput {
  /** As people know it. */
  readonly title: string;
  /** Scheme, host and port, without a slash at the end. */
  readonly endpoint: string;
  /** Headers for the endpoint's own origin; never sent elsewhere. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly metadataTimeoutMs: number;
  /** Longest silence while a file comes. */
  readonly downloadTimeoutMs: number;
  readonly tell: Tell;
  readonly signal: AbortSignal | undefined;
}

/** A successful answer whose body is still to be read. */
export interface Exchange {
  readonly status: number;
  readonly headers: Headers;
  /** The SHA-256 that the hub told on the way to a large file; null: none. */
  readonly linkedSha256: string | null;
  /** The body as it comes; throws HubUnreachableError when it breaks off or falls silent. */
  chunks(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Gives the connection up, whatever was left to read. */
  drop(): void;
}

interface OpenInput {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
const mostRedirects = 10;

/** Speaks HTTP with one hub: credentials, redirects, time limits, and the pauses it asks for. */
export class HubClient {
  readonly endpoint: string;
  readonly #input: HubClientInput;
  #pausedUntilMs = 0;

  constructor(input: HubClientInput) {
    this.endpoint = input.endpoint;
    this.#input = input;
  }

  /** Reads a JSON answer, with retries. Throws HubHttpError or HubUnreachableError. */
  async json(url: string): Promise<{ value: unknown; headers: Headers }> {
    const patience = new Patience('question', this.#input.signal);
    for (;;) {
      try {
        const exchange = await this.#open({ url, headers: {}, timeoutMs: this.#input.metadataTimeoutMs });
        return { value: await readJson(exchange, url), headers: exchange.headers };
      } catch (error) {
        await patience.afterFailure(error);
      }
    }
  }

  /** Starts to read a file at `offset`; one try. The bytes come as they are stored. */
  file(url: string, offset: number): Promise<Exchange> {
    const range = offset > 0 ? { range: `bytes=${offset}-` } : {};
    const headers = { 'accept-encoding': 'identity', ...range };
    return this.#open({ url, headers, timeoutMs: this.#input.downloadTimeoutMs });
  }

  async #open({ url, headers, timeoutMs }: OpenInput): Promise<Exchange> {
    await this.#pause();
    const watch = new SilenceWatch(timeoutMs, this.#input.signal);
    try {
      const { response, linkedSha256 } = await this.#follow(url, headers, watch.signal);
      if (response.ok) return { ...exchangeOf(response, url, watch), linkedSha256 };
      const error = await readHttpError(response, url);
      if (mayPass(error)) this.#startPause(error.waitMs ?? 0);
      watch.end();
      throw error;
    } catch (error) {
      throw watch.explain(error, url);
    }
  }

  async #follow(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Followed> {
    const home = new URL(this.endpoint).origin;
    let target = new URL(url);
    let linkedSha256: string | null = null;
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const response = await fetch(target, {
        headers: {
          'user-agent': `tokometer/${packageVersion()}`,
          ...headers,
          ...(target.origin === home ? this.#input.credentials : {}),
        },
        redirect: 'manual',
        signal,
      });
      linkedSha256 ??= sha256In(response.headers.get('x-linked-etag'));
      const location = redirectStatuses.has(response.status) ? response.headers.get('location') : null;
      if (location === null) return { response, linkedSha256 };
      await response.body?.cancel();
      target = new URL(location, target);
    }
    throw new Error(`more than ${mostRedirects} redirects`);
  }

  // One 429 stops all the files that come at once: each would only be answered the same.
  #startPause(waitMs: number): void {
    const { tell, title } = this.#input;
    const addedMs = Date.now() + waitMs - Math.max(this.#pausedUntilMs, Date.now());
    if (addedMs <= 0) return;
    if (addedMs >= 1000) tell.note(`${title} asks for a pause of ${formatDuration(waitMs)} (429).`);
    this.#pausedUntilMs = Date.now() + waitMs;
  }

  async #pause(): Promise<void> {
    const { signal } = this.#input;
    const waitMs = this.#pausedUntilMs - Date.now();
    if (waitMs > 0) await sleep(waitMs, undefined, signal === undefined ? {} : { signal });
  }
}

interface Followed {
  readonly response: Response;
  readonly linkedSha256: string | null;
}

function sha256In(tag: string | null): string | null {
  const hex = tag?.replaceAll('"', '').toLowerCase() ?? '';
  return /^[0-9a-f]{64}$/.test(hex) ? hex : null;
}

function exchangeOf(response: Response, url: string, watch: SilenceWatch): Omit<Exchange, 'linkedSha256'> {
  return {
    status: response.status,
    headers: response.headers,
    async *chunks() {
      try {
        for await (const chunk of response.body ?? []) {
          watch.heard();
          yield chunk;
        }
      } catch (error) {
        throw watch.explain(error, url);
      } finally {
        watch.end();
      }
    },
    drop: () => watch.drop(),
  };
}

async function readJson(exchange: Exchange, url: string): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of exchange.chunks()) chunks.push(chunk);
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return value;
  } catch (error) {
    throw new HubUnreachableError(shownAddress(url), error);
  }
}

/** Aborts an exchange that falls silent; passes the caller's own abort on. */
class SilenceWatch {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(timeoutMs: number, outer: AbortSignal | undefined) {
    this.#outer = outer;
    this.signal = outer === undefined ? this.#controller.signal : AbortSignal.any([this.#controller.signal, outer]);
    this.#timer = setTimeout(() => {
      this.#controller.abort(new Error(`nothing came for ${formatDuration(timeoutMs)}`));
    }, timeoutMs);
  }

  heard(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  drop(): void {
    this.end();
    this.#controller.abort(new Error('given up'));
  }

  /** What to throw for what was caught. */
  explain(error: unknown, url: string): unknown {
    this.end();
    if (this.#outer?.aborted === true) return this.#outer.reason;
    const isOurs = error instanceof Error && error.name.startsWith('Hub');
    return isOurs ? error : new HubUnreachableError(shownAddress(url), error);
  }
}
