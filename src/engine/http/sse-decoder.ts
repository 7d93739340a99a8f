import { standsAt } from './json-bytes.ts';

/** Receives each event's data where it lies; the bytes are valid during the call only. */
export interface EventHandler {
  /** `isError`: the stream itself named this event an error. */
  event(bytes: Uint8Array, start: number, end: number, isError: boolean): void;
  /** Takes the event at `start`, if it lies whole before `end` and is known by its likeness to the last one: where the next begins; else -1. */
  glance?(bytes: Uint8Array, start: number, end: number): number;
}

/** An event longer than this is no event of an answer. */
const maximumEventBytes = 16 * 1024 * 1024;

// Most streams never need a buffer of their own.
const noBytes: Buffer = Buffer.alloc(0);
const lf = 0x0a;
const cr = 0x0d;
const colon = 0x3a;
const fieldData = Buffer.from('data');
const fieldEvent = Buffer.from('event');
const fieldError = Buffer.from('error');
const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * Finds server-sent events in a byte stream (WHATWG HTML, 9.2.6) wherever it is cut. An event whose data is one line
 * inside one read is handed on in place; anything else goes through a buffer.
 */
export class SseDecoder {
  /** The stream held an event longer than `maximumEventBytes`; nothing is decoded after that. */
  overflow = false;
  readonly #handler: EventHandler;
  // A line that is not complete yet.
  #line: Buffer = noBytes;
  #lineLength = 0;
  // Data of the event under way: in place (start, end of the bytes of this read), or copied.
  #data: 'none' | 'place' | 'copy' = 'none';
  #placeStart = 0;
  #placeEnd = 0;
  #copy: Buffer = noBytes;
  #copyLength = 0;
  #isError = false;
  #afterCr = false;
  #markSeen = 0;

  constructor(handler: EventHandler) {
    this.#handler = handler;
  }

  /** Nothing of an event has come that is not handed on. */
  get isBetweenEvents(): boolean {
    const isPlain = this.#data === 'none' && this.#lineLength === 0 && !this.#isError;
    return isPlain && !this.#afterCr && this.#markSeen === 3 && !this.overflow;
  }

  feed(bytes: Uint8Array, start: number, end: number): void {
    let position = start;
    if (this.#markSeen < 3) position = this.#skipMark(bytes, position, end);
    while (position < end && !this.overflow) {
      if (this.#afterCr) {
        this.#afterCr = false;
        if (bytes[position] === lf) {
          position++;
          continue;
        }
      }
      if (this.#data === 'none' && this.#lineLength === 0 && !this.#isError) {
        const next = this.#handler.glance?.(bytes, position, end) ?? -1;
        if (next !== -1) {
          position = next;
          continue;
        }
      }
      const lineEnd = endOfLine(bytes, position, end);
      if (lineEnd === -1) {
        this.#keepLine(bytes, position, end);
        break;
      }
      if (this.#lineLength > 0) {
        this.#keepLine(bytes, position, lineEnd);
        const length = this.#lineLength;
        this.#lineLength = 0;
        this.#takeLine(this.#line, 0, length);
        this.#copyData(this.#line);
      } else {
        this.#takeLine(bytes, position, lineEnd);
      }
      this.#afterCr = bytes[lineEnd] === cr;
      position = lineEnd + 1;
    }
    this.#copyData(bytes);
  }

  /** Some servers end without the blank line after `[DONE]`: hands on what is complete but for that. */
  flush(): void {
    if (this.#lineLength > 0) {
      const length = this.#lineLength;
      this.#lineLength = 0;
      this.#takeLine(this.#line, 0, length);
    }
    this.#takeLine(this.#line, 0, 0);
  }

  #takeLine(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) {
      this.#dispatch(bytes);
      return;
    }
    const first = bytes[start];
    if (first === 0x64 && isField(bytes, start, end, fieldData)) {
      this.#addData(bytes, valueStart(bytes, start + 4, end), end);
    } else if (first === 0x65) {
      if (isField(bytes, start, end, fieldEvent)) {
        const value = valueStart(bytes, start + 5, end);
        this.#isError = end - value === 5 && standsAt(bytes, value, fieldError);
      } else if (isField(bytes, start, end, fieldError)) {
        // Older llama-server names the field itself `error`.
        this.#isError = true;
        this.#addData(bytes, valueStart(bytes, start + 5, end), end);
      }
    }
  }

  #dispatch(bytes: Uint8Array): void {
    const kind = this.#data;
    const isError = this.#isError;
    this.#data = 'none';
    this.#isError = false;
    if (kind === 'place') this.#handler.event(bytes, this.#placeStart, this.#placeEnd, isError);
    else if (kind === 'copy') this.#handler.event(this.#copy, 0, this.#copyLength, isError);
  }

  #addData(bytes: Uint8Array, start: number, end: number): void {
    if (this.#data === 'none') {
      this.#data = 'place';
      this.#placeStart = start;
      this.#placeEnd = end;
      return;
    }
    this.#copyData(bytes);
    const length = this.#copyLength + 1 + end - start;
    if (length > maximumEventBytes) {
      this.overflow = true;
      return;
    }
    this.#copy = withRoom(this.#copy, this.#copyLength, length);
    this.#copy[this.#copyLength] = lf;
    this.#copy.set(bytes.subarray(start, end), this.#copyLength + 1);
    this.#copyLength = length;
  }

  // The bytes are about to be overwritten: data that is still wanted must leave them.
  #copyData(bytes: Uint8Array): void {
    if (this.#data !== 'place') return;
    this.#data = 'copy';
    const length = this.#placeEnd - this.#placeStart;
    this.#copy = withRoom(this.#copy, 0, length);
    this.#copy.set(bytes.subarray(this.#placeStart, this.#placeEnd), 0);
    this.#copyLength = length;
  }

  #keepLine(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#lineLength + end - start;
    if (length > maximumEventBytes) {
      this.overflow = true;
      return;
    }
    this.#line = withRoom(this.#line, this.#lineLength, length);
    this.#line.set(bytes.subarray(start, end), this.#lineLength);
    this.#lineLength = length;
  }

  #skipMark(bytes: Uint8Array, start: number, end: number): number {
    let position = start;
    while (position < end && this.#markSeen < 3) {
      if (bytes[position] !== byteOrderMark[this.#markSeen]) {
        // Not a mark after all: what looked like one begins the first line.
        if (this.#markSeen > 0) this.#keepLine(Uint8Array.from(byteOrderMark), 0, this.#markSeen);
        this.#markSeen = 3;
        break;
      }
      this.#markSeen++;
      position++;
    }
    return position;
  }
}

function endOfLine(bytes: Uint8Array, start: number, end: number): number {
  for (let position = start; position < end; position++) {
    const byte = bytes[position] ?? 0;
    if (byte <= cr && (byte === lf || byte === cr)) return position;
  }
  return -1;
}

function isField(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  const after = start + name.length;
  return after <= end && standsAt(bytes, start, name) && (after === end || bytes[after] === colon);
}

function valueStart(bytes: Uint8Array, afterName: number, end: number): number {
  if (afterName === end) return end;
  return afterName + 1 < end && bytes[afterName + 1] === 0x20 ? afterName + 2 : afterName + 1;
}

function withRoom(buffer: Buffer, used: number, length: number): Buffer {
  if (buffer.length >= length) return buffer;
  const grown = Buffer.allocUnsafeSlow(Math.max(1024, length * 2));
  buffer.copy(grown, 0, 0, used);
  return grown;
}
