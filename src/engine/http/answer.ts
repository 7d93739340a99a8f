import { oneLine } from '../../base/escape.ts';
import type {
  ChunkCounting,
  ChunkSink,
  EngineTimings,
  FailureKind,
  LengthRule,
  TokenUsage,
} from '../../contract/request.ts';
import { stampOfRead, stampReads } from './read-stamp.ts';
import type { OptionalField } from './request-fields.ts';
import type { ResponseHead } from './response-head.ts';
import { isContextLength, isHtml, serverWords } from './server-words.ts';
import { StampingHandler, type StreamFailure } from './stamping-handler.ts';
import type { AlikeReader } from './connection.ts';
import type { ExchangeHandler, WireFailure } from './transport.ts';

/** How the length of a request was held, and by which fields. */
export interface Agreed {
  readonly lengthRule: LengthRule;
  readonly fields: ReadonlySet<OptionalField>;
}

/** What became of one exchange. */
export interface Completion extends Agreed {
  readonly failure: FailureKind | null;
  readonly message: string | null;
  /** The server's own words on a refusal; null when there was none. */
  readonly words: string | null;
  /** Node's code of a failed connection. */
  readonly code: string | null;
  /** Of the response, or of the refusal that was its first event. */
  readonly httpStatus: number | null;
  readonly headers: ReadonlyMap<string, string>;
  readonly finishReason: string | null;
  readonly usage: TokenUsage | null;
  readonly timings: EngineTimings | null;
  /** How chunks were counted: `usage`, `timings`, `ids`, `unknown`, `undecided`. */
  readonly counting: ChunkCounting | null;
  readonly chunks: number;
  readonly endedNs: number;
}

const maximumErrorBytes = 64 * 1024;
const maximumBodyBytes = 64 * 1024 * 1024;
// How long the end of a response may take after `[DONE]`: some servers leave the connection hanging.
const graceAfterDoneMs = 1000;
const noHeaders: ReadonlyMap<string, string> = new Map();

/** Reads one response of a generating endpoint, stamps its chunks into the sink, and says how it ended. */
export class Answer implements ExchangeHandler {
  readonly result: Promise<Completion>;
  /** Drops the exchange; set by whoever starts it. */
  drop: () => void = () => undefined;
  readonly #sink: ChunkSink;
  readonly #url: string;
  readonly #agreed: Agreed;
  #settle: (result: Completion) => void = () => undefined;
  #stamps: StampingHandler;
  #head: ResponseHead | null = null;
  #body: 'unknown' | 'events' | 'json' | 'error' = 'unknown';
  #kept: Buffer[] = [];
  #keptBytes = 0;
  /** null: with the read that is being decoded. */
  #endedNs: number | null = null;
  #grace: NodeJS.Timeout | null = null;
  #isSent = false;
  #settled = false;

  constructor(sink: ChunkSink, url: string, agreed: Agreed) {
    this.#sink = sink;
    this.#url = url;
    this.#agreed = agreed;
    this.#stamps = new StampingHandler(sink);
    this.result = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  sent(atNs: number, connectNs: number | null): void {
    // Sent again on another connection: what the first one brought does not count.
    if (this.#isSent) this.#stamps = new StampingHandler(this.#sink);
    this.#isSent = true;
    this.#sink.sent(atNs, connectNs);
  }

  read(atNs: number): void {
    stampReads(atNs);
  }

  head(head: ResponseHead): void {
    this.#head = head;
    const type = head.headers.get('content-type') ?? '';
    const encoding = head.headers.get('content-encoding') ?? 'identity';
    if (head.status < 200 || head.status > 299) this.#body = 'error';
    else if (encoding !== 'identity') {
      this.#refuse('bad-stream', `The server compressed its answer (${encoding}), though it was not asked to`);
    } else if (/\bevent-stream\b/i.test(type)) this.#body = 'events';
    else if (/\b(?:json|html)\b/i.test(type)) this.#body = 'json';
  }

  body(bytes: Uint8Array, start: number, end: number): void {
    if (this.#body === 'events') this.#events(bytes, start, end);
    else if (this.#body === 'unknown') this.#guess(bytes, start, end);
    else this.#keep(bytes, start, end);
  }

  alike(): AlikeReader | null {
    return this.#body === 'events' && this.#grace === null ? this.#stamps.alike : null;
  }

  ended(atNs: number): void {
    this.#endedNs = atNs;
    const { status } = this.#head ?? { status: 0 };
    if (this.#body === 'error') this.#refuse(...this.#statusFailure(status));
    else if (this.#body === 'events') this.#endEvents();
    else this.#endWhole();
  }

  failed(failure: WireFailure, atNs: number): void {
    this.#endedNs = atNs;
    // What was complete before the connection failed stays complete.
    if (this.#body === 'events' && this.#complete()) return this.#endEvents();
    this.#finish({
      failure: failure.kind,
      message: `${this.#url}: ${failure.message}`,
      words: null,
      code: failure.code,
    });
  }

  /** The person or the run stopped this request. */
  cancel(atNs: number): void {
    this.#endedNs = atNs;
    this.#refuse('cancelled', 'The request was cancelled');
  }

  #events(bytes: Uint8Array, start: number, end: number): void {
    const stamps = this.#stamps;
    stamps.feed(bytes, start, end);
    if (stamps.failure !== null) this.#refuseBy(stamps.failure);
    else if (stamps.done && this.#grace === null) {
      this.#endedNs = stampOfRead();
      this.#grace = setTimeout(() => this.#endEvents(), graceAfterDoneMs);
    }
  }

  // No usable content type: the first byte tells JSON and HTML from events.
  #guess(bytes: Uint8Array, start: number, end: number): void {
    let first = start;
    while (first < end && (bytes[first] ?? 0) <= 0x20) first++;
    if (first === end) return;
    const byte = bytes[first];
    this.#body = byte === 0x7b || byte === 0x5b || byte === 0x3c ? 'json' : 'events';
    this.body(bytes, start, end);
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    const limit = this.#body === 'error' ? maximumErrorBytes : maximumBodyBytes;
    const length = Math.min(end - start, limit - this.#keptBytes);
    if (length > 0) {
      this.#kept.push(Buffer.from(bytes.subarray(start, start + length)));
      this.#keptBytes += length;
    } else if (this.#body === 'json') {
      this.#refuse('not-json', 'The answer is longer than 64 MiB');
    } else {
      this.#refuse(...this.#statusFailure(this.#head?.status ?? 0));
    }
  }

  #complete(): boolean {
    this.#stamps.flush();
    return this.#stamps.failure === null && (this.#stamps.done || this.#stamps.counter.finishReason !== null);
  }

  #endEvents(): void {
    const stamps = this.#stamps;
    const complete = this.#complete();
    if (stamps.failure !== null) this.#refuseBy(stamps.failure);
    else if (!complete && stamps.counter.chunks > 0) {
      const place = `after ${stamps.counter.chunks} chunks, without [DONE] or a finish reason`;
      this.#refuse('truncated', `The stream ended ${place}`);
    } else if (!complete) this.#refuse('truncated', 'The stream ended before its first token');
    else this.#succeed();
  }

  #endWhole(): void {
    const bytes = Buffer.concat(this.#kept);
    const html = isHtml(this.#head?.headers.get('content-type'), bytes.toString('utf8', 0, 200));
    if (html) return this.#refuse('not-json', `The server answered with ${serverWords(bytes.toString())}`);
    if (bytes.length === 0) return this.#refuse('truncated', 'The server sent an empty answer');
    this.#stamps.wholeAnswer(bytes);
    const { failure } = this.#stamps;
    if (failure === null) this.#succeed();
    else this.#refuseBy(failure);
  }

  #succeed(): void {
    if (this.#stamps.counter.chunks > 0) return this.#finish({ failure: null, message: null, words: null, code: null });
    const counted = this.#stamps.counter.usage?.outputTokens ?? 0;
    const message =
      counted > 0
        ? `The server counted ${counted} tokens, but sent neither text nor running counts: there is nothing to time`
        : 'The server ended its answer without a token';
    this.#refuse('no-tokens', message);
  }

  #statusFailure(status: number): [FailureKind, string, string] {
    const text = Buffer.concat(this.#kept).toString();
    const location = this.#head?.headers.get('location');
    const words = status < 400 && location !== undefined ? `it redirects to ${location}` : serverWords(text);
    const isContext =
      (status === 400 || status === 413 || status === 422) && isContextLength(`${words} ${text.slice(0, 2000)}`);
    const name = `HTTP ${status}${this.#head?.reason ? ` ${this.#head.reason}` : ''}`;
    return [isContext ? 'context-length' : 'http-status', `${name}: ${words}`, words];
  }

  #refuseBy({ kind, message, refusal }: StreamFailure): void {
    this.#refuse(kind, message, refusal?.words ?? null);
  }

  #refuse(failure: FailureKind, message: string, words: string | null = null): void {
    this.#finish({ failure, message, words, code: null });
  }

  #finish(end: Pick<Completion, 'failure' | 'message' | 'words' | 'code'>): void {
    if (this.#settled) return;
    this.#settled = true;
    if (this.#grace !== null) clearTimeout(this.#grace);
    this.drop();
    const { failure, message, words, code } = end;
    this.#settle({
      failure,
      message: message === null ? null : oneLine(message, 500),
      words,
      code,
      httpStatus: this.#stamps.failure?.refusal?.status ?? this.#head?.status ?? null,
      headers: this.#head?.headers ?? noHeaders,
      finishReason: this.#stamps.counter.finishReason,
      usage: this.#stamps.counter.usage,
      timings: this.#stamps.counter.timings,
      counting: this.#stamps.counter.counting,
      chunks: this.#stamps.counter.chunks,
      endedNs: this.#endedNs ?? stampOfRead(),
      lengthRule: this.#agreed.lengthRule,
      fields: this.#agreed.fields,
    });
  }
}
