import type { ChunkSink, FailureKind } from '../../contract/request.ts';
import { alikeEventEnd, scanner } from './alike-event.ts';
import { isContextLength, refusalStatus, serverWords } from './server-words.ts';
import { SseDecoder, type EventHandler } from './sse-decoder.ts';
import { TokenCounter } from './token-counter.ts';

export interface StreamFailure {
  readonly kind: FailureKind;
  readonly message: string;
  /** The server's own words and status where it refused the request within its answer. */
  readonly refusal: { readonly words: string; readonly status: number } | null;
}

/** Turns a stream of events into stamped chunks, and says what is wrong with it. */
export class StampingHandler implements EventHandler {
  /** `[DONE]` came. */
  done = false;
  failure: StreamFailure | null = null;
  readonly counter: TokenCounter;
  readonly #decoder = new SseDecoder(this);
  #flushing = false;

  constructor(sink: ChunkSink) {
    this.counter = new TokenCounter(sink);
  }

  /** Who takes what goes on like the events so far; null: the next bytes must be decoded. */
  get alike(): TokenCounter | null {
    const isPlain = !this.done && this.failure === null && this.#decoder.isBetweenEvents;
    return isPlain && this.counter.isDecided ? this.counter : null;
  }

  /** Bytes of the stream, wherever it is cut. */
  feed(bytes: Uint8Array, start: number, end: number): void {
    this.#decoder.feed(bytes, start, end);
    if (this.#decoder.overflow) this.#fail('bad-stream', 'The server sent one event of more than 16 MiB');
  }

  /** The stream is over: an event that lacks but its blank line still counts. */
  flush(): void {
    this.#flushing = true;
    this.#decoder.flush();
  }

  event(bytes: Uint8Array, start: number, end: number, isError: boolean): void {
    if (this.done || this.failure !== null || start === end) return;
    if (!isError && isDone(bytes, start, end)) {
      this.done = true;
      return;
    }
    const result = scanner.scan(bytes, start, end);
    if (isError || (result === 'ok' && scanner.hasError)) {
      this.#refuse(eventText(bytes, start, end));
    } else if (result === 'ok') {
      this.counter.take(scanner);
    } else if (!this.#flushing) {
      this.#broken(result, bytes, start, end);
    }
  }

  glance(bytes: Uint8Array, start: number, end: number): number {
    if (this.done || this.failure !== null) return -1;
    const next = alikeEventEnd(bytes, start, end);
    if (next !== -1) this.counter.take(scanner);
    return next;
  }

  /** A whole answer in one JSON body, its last byte at the stamp of the read: one chunk of an unknown number of tokens. */
  wholeAnswer(bytes: Uint8Array): void {
    const result = scanner.scan(bytes, 0, bytes.length);
    if (result !== 'ok') {
      const text = eventText(bytes, 0, bytes.length);
      if (result === 'bad-utf8') this.#fail('bad-utf8', 'The answer holds bytes that are not UTF-8');
      else this.#fail('not-json', `The answer is not JSON: ${serverWords(text)}`);
      return;
    }
    if (scanner.hasError) return this.#refuse(eventText(bytes, 0, bytes.length));
    this.done = true;
    this.counter.takeWhole(scanner);
  }

  #refuse(text: string): void {
    const words = serverWords(text);
    const status = this.counter.chunks === 0 ? refusalStatus(text) : null;
    const isRefusal = status !== null;
    const kind = isContextLength(words) ? 'context-length' : isRefusal ? 'http-status' : 'server-error';
    const message = isRefusal
      ? `The server refused the request in its first event (${status}): ${words}`
      : `The server reported an error: ${words}`;
    this.failure ??= { kind, message, refusal: isRefusal ? { words, status } : null };
  }

  #broken(result: 'malformed' | 'bad-utf8', bytes: Uint8Array, start: number, end: number): void {
    const place = this.counter.chunks === 0 ? 'before the first token' : `after ${this.counter.chunks} chunks`;
    if (result === 'bad-utf8') return this.#fail('bad-utf8', `The stream holds bytes that are not UTF-8, ${place}`);
    const text = eventText(bytes, start, Math.min(end, start + 400));
    this.#fail('bad-stream', `The stream holds an event that is not JSON, ${place}: ${serverWords(text)}`);
  }

  #fail(kind: FailureKind, message: string): void {
    this.failure ??= { kind, message, refusal: null };
  }
}

const doneMark = Buffer.from('[DONE]');

function isDone(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] !== doneMark[0]) return false;
  let last = end;
  while (last > start && (bytes[last - 1] ?? 0) <= 0x20) last--;
  if (last - start !== doneMark.length) return false;
  return doneMark.every((byte, index) => bytes[start + index] === byte);
}

function eventText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}
