import { standsAt } from './json-bytes.ts';
import { type FramedHead, parseHead, type ResponseHead } from './response-head.ts';
import { findWholeChunk, hexadecimalDigit, wholeChunk } from './whole-chunk.ts';

/** Receives a response as it comes; body bytes lie in place and are valid during the call only. */
export interface ResponseHandler {
  head(head: ResponseHead): void;
  body(bytes: Uint8Array, start: number, end: number): void;
}

export const maximumHeadBytes = 64 * 1024;
// 2^48: more than any body, and exact in a double.
const maximumSizeDigits = 12;
const noBytes = Buffer.alloc(0);
const cr = 0x0d;
const lf = 0x0a;

type State =
  | 'head'
  | 'length'
  | 'until-close'
  | 'chunk-size'
  | 'chunk-extension'
  | 'chunk-data'
  | 'chunk-end'
  | 'trailer'
  | 'done'
  | 'malformed';

// The head that was parsed last. Those of one server are alike for a second or for ever, and comparing costs a fraction of parsing.
let known: { readonly bytes: Buffer; readonly parsed: FramedHead } | null = null;
const mostKnownBytes = 4096;

/** Decodes one HTTP/1.1 response (RFC 9112) from bytes cut anywhere, in place and without copies of the body. */
export class ResponseDecoder {
  /** What is wrong with the response, once the state is `malformed`. */
  problem = '';
  /** Any byte of the response has come. */
  started = false;
  /** The connection may carry another request, once the response is complete. */
  keepAlive = false;
  readonly #handler: ResponseHandler;
  #state: State = 'head';
  #head = noBytes;
  #headLength = 0;
  #lineLength = 0;
  #afterCr = false;
  #remaining = 0;
  #digits = 0;
  #trailerBytes = 0;

  constructor(handler: ResponseHandler) {
    this.#handler = handler;
  }

  get state(): State {
    return this.#state;
  }

  /** The next byte begins a chunk. */
  get isBetweenChunks(): boolean {
    return this.#state === 'chunk-size' && this.#lineLength === 0;
  }

  /** Takes bytes; returns where it stopped: before `end` only when the response is complete or broken. */
  feed(bytes: Uint8Array, start: number, end: number): number {
    let position = start;
    if (start < end) this.started = true;
    while (position < end) {
      switch (this.#state) {
        case 'head':
          position = this.#readHead(bytes, position, end);
          break;
        case 'length':
        case 'chunk-data':
          position = this.#readCounted(bytes, position, end);
          break;
        case 'until-close':
          this.#handler.body(bytes, position, end);
          return end;
        case 'chunk-size': {
          const next = this.#readChunk(bytes, position, end);
          position = next === -1 ? this.#readFraming(bytes[position] ?? 0, position) : next;
          break;
        }
        case 'chunk-extension':
        case 'chunk-end':
          position = this.#readFraming(bytes[position] ?? 0, position);
          break;
        case 'trailer':
          position = this.#readTrailer(bytes[position] ?? 0, position);
          break;
        case 'done':
        case 'malformed':
          return position;
      }
    }
    return position;
  }

  /** The server closed its side. True when the response is complete by that, or was before. */
  close(): boolean {
    if (this.#state === 'until-close') this.#state = 'done';
    return this.#state === 'done';
  }

  #readCounted(bytes: Uint8Array, start: number, end: number): number {
    const stop = Math.min(end, start + this.#remaining);
    this.#remaining -= stop - start;
    if (this.#remaining === 0) this.#state = this.#state === 'length' ? 'done' : 'chunk-end';
    this.#handler.body(bytes, start, stop);
    return stop;
  }

  // A whole chunk inside one read, as most are; -1: it is none, and is read byte by byte.
  #readChunk(bytes: Uint8Array, start: number, end: number): number {
    if (this.#lineLength !== 0 || !findWholeChunk(bytes, start, end)) return -1;
    const { next } = wholeChunk;
    this.#handler.body(bytes, wholeChunk.start, wholeChunk.end);
    return next;
  }

  // Chunk size, its extension and the line end after chunk data, byte by byte: a handful of bytes a chunk.
  #readFraming(byte: number, position: number): number {
    if (byte === lf) {
      // A lone line feed ends a line of the head, but never one between chunks (RFC 9112, 2.2 and 7.1).
      if (this.#lineLength !== -1) return this.#fail('a bare line feed between chunks', position);
      if (this.#state === 'chunk-end') this.#expectChunk();
      else if (this.#digits === 0) return this.#fail('a chunk without a size', position);
      else if (this.#remaining > 0) this.#state = 'chunk-data';
      else this.#state = 'trailer';
      this.#lineLength = 0;
      return position + 1;
    }
    if (byte === cr) {
      if (this.#lineLength === -1) return this.#fail('a stray carriage return between chunks', position);
      this.#lineLength = -1;
      return position + 1;
    }
    if (this.#lineLength === -1) return this.#fail('a stray carriage return between chunks', position);
    if (this.#state === 'chunk-end') return this.#fail('more chunk data than its size says', position);
    if (++this.#lineLength > maximumHeadBytes) return this.#fail('a chunk line that is too long', position);
    if (this.#state === 'chunk-extension') return position + 1;
    const digit = hexadecimalDigit(byte);
    if (digit !== -1) {
      if (++this.#digits > maximumSizeDigits) return this.#fail('a chunk size that is too large', position);
      this.#remaining = this.#remaining * 16 + digit;
    } else if (this.#digits > 0 && (byte === 0x3b || byte === 0x20 || byte === 0x09)) {
      this.#state = 'chunk-extension';
    } else {
      return this.#fail('a chunk size that is no number', position);
    }
    return position + 1;
  }

  #expectChunk(): void {
    this.#state = 'chunk-size';
    this.#remaining = 0;
    this.#digits = 0;
    this.#lineLength = 0;
  }

  #readTrailer(byte: number, position: number): number {
    if (++this.#trailerBytes > maximumHeadBytes) return this.#fail('trailers that are too long', position);
    if (this.#afterCr && byte !== lf) return this.#fail('a stray carriage return in the trailers', position);
    this.#afterCr = byte === cr;
    if (byte === lf) {
      if (this.#lineLength === 0) this.#state = 'done';
      this.#lineLength = 0;
    } else if (byte !== cr) {
      this.#lineLength++;
    }
    return position + 1;
  }

  #readHead(bytes: Uint8Array, start: number, end: number): number {
    if (known !== null && this.#headLength === 0 && this.#lineLength === 0 && !this.#afterCr) {
      const stop = start + known.bytes.length;
      if (stop <= end && standsAt(bytes, start, known.bytes)) {
        this.#begin(known.parsed);
        return stop;
      }
    }
    for (let position = start; position < end; position++) {
      const byte = bytes[position];
      if (this.#afterCr && byte !== lf) return this.#fail('a stray carriage return in its headers', position);
      this.#afterCr = byte === cr;
      if (byte === cr) continue;
      if (byte !== lf) {
        this.#lineLength++;
        continue;
      }
      // An empty line ends the head; before the status line it means nothing.
      const blank = this.#lineLength === 0;
      this.#lineLength = 0;
      if (!blank) continue;
      this.#keepHead(bytes, start, position + 1);
      if (this.#state === 'malformed') return position;
      const text = this.#head.toString('latin1', 0, this.#headLength);
      this.#headLength = 0;
      if (/[^\r\n]/.test(text)) this.#takeHead(text.replace(/^[\r\n]+/, ''));
      return position + 1;
    }
    this.#keepHead(bytes, start, end);
    return end;
  }

  #keepHead(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#headLength + end - start;
    if (length > maximumHeadBytes) {
      this.#fail(`headers of more than ${maximumHeadBytes / 1024} KiB`, start);
      return;
    }
    if (this.#head.length < length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(4096, length * 2));
      this.#head.copy(grown, 0, 0, this.#headLength);
      this.#head = grown;
    }
    this.#head.set(bytes.subarray(start, end), this.#headLength);
    this.#headLength = length;
    // Something that never ends a line and is no HTTP need not fill 64 KiB before it is refused.
    if (length >= 5 && !/^[\r\n]*(?:H|$)/.test(this.#head.toString('latin1', 0, 8))) {
      this.#fail(
        `no HTTP answer; it begins with ${JSON.stringify(this.#head.toString('latin1', 0, Math.min(40, length)))}`,
        start,
      );
    }
  }

  #takeHead(text: string): void {
    const parsed = parseHead(text.replace(/^[\r\n]+/, ''));
    if (typeof parsed === 'string') {
      this.#fail(parsed, 0);
      return;
    }
    // One of several heads of a response, which is still to come (RFC 9110, 15.2).
    if (parsed.head.status < 200) return;
    if (text.length <= mostKnownBytes) known = { bytes: Buffer.from(text, 'latin1'), parsed };
    this.#begin(parsed);
  }

  #begin({ head, framing, bodyBytes, keepAlive }: FramedHead): void {
    if (framing === 'chunk-size') this.#expectChunk();
    this.#remaining = bodyBytes;
    this.keepAlive = keepAlive;
    this.#state = framing;
    this.#handler.head(head);
  }

  #fail(problem: string, position: number): number {
    if (this.#state !== 'malformed') this.problem = problem;
    this.#state = 'malformed';
    this.keepAlive = false;
    return position;
  }
}
