/** Status and headers of a response; header names in lower case, repeated ones joined by a comma. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly headers: ReadonlyMap<string, string>;
}

/** Receives a response as it comes; body bytes lie in place and are valid during the call only. */
export interface ResponseHandler {
  head(head: ResponseHead): void;
  body(bytes: Uint8Array, start: number, end: number): void;
}

export const maximumHeadBytes = 64 * 1024;
// 2^48: more than any body, and exact in a double.
const maximumSizeDigits = 12;
const cr = 0x0d;
const lf = 0x0a;

// oxlint-disable-next-line no-control-regex -- control codes are what a value must not hold
const headerLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\u0000-\u0008\u000a-\u001f\u007f]*?)[ \t]*$/;

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
  #head = Buffer.allocUnsafeSlow(0);
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
        case 'chunk-size':
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
    const [first = '', ...rest] = text.split(/\r?\n/);
    const status = /^HTTP\/1\.([01]) ([1-9]\d{2})(?: (.*))?$/.exec(first);
    if (status === null) {
      this.#fail(`no HTTP/1 answer; it begins with ${JSON.stringify(first.slice(0, 40))}`, 0);
      return;
    }
    const headers = new Map<string, string>();
    // A line that begins with white space goes on with the one before (RFC 9112, 5.2), which the status line is not.
    const lines = rest
      .join('\n')
      .replaceAll(/(?!^)\n[ \t]+/g, ' ')
      .split('\n');
    for (const line of lines.filter((filled) => filled !== '')) {
      const field = headerLine.exec(line);
      const name = field?.[1]?.toLowerCase();
      if (name === undefined) {
        this.#fail(`a broken header: ${JSON.stringify(line.slice(0, 40))}`, 0);
        return;
      }
      const value = field?.[2] ?? '';
      const before = headers.get(name);
      headers.set(name, before === undefined ? value : `${before}, ${value}`);
    }
    const code = Number(status[2]);
    if (code === 101) this.#fail('a change of protocol that was not asked for', 0);
    if (code < 200) return;
    const framing = this.#frame(code, headers);
    if (this.problem !== '') return;
    this.keepAlive = framing !== 'until-close' && keepsAlive(status[1] === '1', headers);
    if (headers.has('transfer-encoding') && headers.has('content-length')) this.keepAlive = false;
    this.#state = framing;
    this.#handler.head({ status: code, reason: status[3] ?? '', headers });
  }

  // RFC 9112, 6.3.
  #frame(status: number, headers: ReadonlyMap<string, string>): 'done' | 'chunk-size' | 'length' | 'until-close' {
    if (status === 204 || status === 304) return 'done';
    const encoding = headers.get('transfer-encoding') ?? '';
    if (encoding !== '') {
      if (listOf(encoding).at(-1)?.toLowerCase() !== 'chunked') return 'until-close';
      this.#expectChunk();
      return 'chunk-size';
    }
    const lengths = headers.get('content-length');
    if (lengths === undefined) return 'until-close';
    const different = new Set(listOf(lengths));
    const [length = ''] = different;
    if (different.size > 1 || !/^\d{1,15}$/.test(length)) {
      this.#fail(`a broken content-length: ${JSON.stringify(lengths.slice(0, 40))}`, 0);
      return 'done';
    }
    this.#remaining = Number(length);
    return this.#remaining === 0 ? 'done' : 'length';
  }

  #fail(problem: string, position: number): number {
    if (this.#state !== 'malformed') this.problem = problem;
    this.#state = 'malformed';
    this.keepAlive = false;
    return position;
  }
}

// HTTP's white space is space and tab; trim() would take a no-break space as well.
function listOf(value: string): string[] {
  return value.split(',').map((item) => item.replaceAll(/^[ \t]+|[ \t]+$/g, ''));
}

function keepsAlive(modern: boolean, headers: ReadonlyMap<string, string>): boolean {
  const connection = listOf((headers.get('connection') ?? '').toLowerCase());
  if (connection.includes('close')) return false;
  return modern || connection.includes('keep-alive');
}

function hexadecimalDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
