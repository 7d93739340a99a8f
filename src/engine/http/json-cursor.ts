import type { EventPlaces } from './event-places.ts';
import { afterEscape, afterMultibyte, isDigit, standsAt } from './json-bytes.ts';

/**
 * A cursor over JSON bytes that lie in place: validates the whole grammar, copies nothing, makes no strings. Once
 * something is wrong `problem` says what, and every step after that does nothing.
 */
export class JsonCursor {
  bytes: Uint8Array = new Uint8Array(0);
  position = 0;
  end = 0;
  problem: 'none' | 'malformed' | 'bad-utf8' = 'none';
  keyStart = 0;
  keyEnd = 0;
  /** Notes where numbers stand; null: nobody wants to know. */
  places: EventPlaces | null = null;
  #keyEscaped = false;
  #escaped = false;

  open(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.problem = 'none';
    return this;
  }

  /** The byte of the next value, white space skipped; 0 at the end. */
  peek(): number {
    const { bytes, end } = this;
    let position = this.position;
    while (position < end) {
      const byte = bytes[position] ?? 0;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
        this.position = position;
        return byte;
      }
      position++;
    }
    this.position = end;
    return 0;
  }

  /** Enters `{`; true when a first member follows. */
  enterObject(): boolean {
    return this.#enter(0x7b, 0x7d);
  }

  /** Enters `[`; true when a first element follows. */
  enterArray(): boolean {
    return this.#enter(0x5b, 0x5d);
  }

  /** After a member's value: true when another follows. */
  nextMember(): boolean {
    return this.#next(0x7d);
  }

  /** After an element: true when another follows. */
  nextElement(): boolean {
    return this.#next(0x5d);
  }

  /** Reads a member's key and its colon. */
  readKey(): void {
    if (this.peek() !== 0x22) return this.#fail();
    this.keyStart = this.position + 1;
    this.skipString();
    this.keyEnd = this.position - 1;
    this.#keyEscaped = this.#escaped;
    if (this.peek() !== 0x3a) return this.#fail();
    this.position++;
  }

  /** Whether the key that was just read is this name. */
  keyIs(name: Uint8Array): boolean {
    if (this.#keyEscaped) return this.#escapedKey() === Buffer.from(name).toString();
    if (this.keyEnd - this.keyStart !== name.length) return false;
    return standsAt(this.bytes, this.keyStart, name);
  }

  /** Skips a string; returns whether it holds anything. */
  skipString(): boolean {
    const { bytes, end } = this;
    const start = this.position + 1;
    let position = start;
    this.#escaped = false;
    for (;;) {
      while (position < end && isPlain[bytes[position] ?? 0] === 1) position++;
      if (position >= end) break;
      const byte = bytes[position] ?? 0;
      if (byte === 0x22) {
        this.position = position + 1;
        return position > start;
      }
      if (byte === 0x5c) {
        this.#escaped = true;
        position = afterEscape(bytes, position, end);
      } else if (byte >= 0x80) {
        position = afterMultibyte(bytes, position, end);
        if (position === -1 && this.problem === 'none') this.problem = 'bad-utf8';
      } else {
        break;
      }
      if (position === -1) break;
    }
    this.#fail();
    return false;
  }

  /** A string must stand here, not even white space before it; returns whether it holds anything. */
  readText(): boolean {
    if (this.bytes[this.position] === 0x22) return this.skipString();
    this.#fail();
    return false;
  }

  /** A list of whole numbers must stand here, not even white space in it; returns how many. */
  readWholeNumbers(): number {
    const count = this.bytes[this.position] === 0x5b ? this.#skipWholeNumbers() : -1;
    if (count === -1) this.#fail();
    return count;
  }

  /** Skips any value. */
  skipValue(depth = 0): void {
    const byte = this.peek();
    if (byte === 0x22) {
      this.skipString();
    } else if (byte === 0x7b) {
      if (depth > maximumDepth) return this.#fail();
      for (let more = this.enterObject(); more; more = this.nextMember()) {
        this.readKey();
        this.skipValue(depth + 1);
      }
    } else if (byte === 0x5b) {
      if (depth > maximumDepth) return this.#fail();
      for (let more = this.enterArray(); more; more = this.nextElement()) this.skipValue(depth + 1);
    } else if (byte === 0x6e) {
      this.#skipWord(wordNull);
    } else if (byte === 0x74) {
      this.#skipWord(wordTrue);
    } else if (byte === 0x66) {
      this.#skipWord(wordFalse);
    } else {
      this.readNumber();
    }
  }

  /** Skips an array; returns how many elements it holds. Whole numbers, as lists of token ids are, pass in one loop. */
  skipArray(): number {
    const whole = this.#skipWholeNumbers();
    if (whole !== -1) return whole;
    // Something else is in it: once more from its start, by the whole grammar.
    let count = 0;
    for (let more = this.enterArray(); more; more = this.nextElement()) {
      count++;
      this.skipValue();
    }
    return count;
  }

  /** A number, or null for any other value, which is skipped. */
  numberOrNull(): number | null {
    const byte = this.peek();
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return this.readNumber();
    this.skipValue();
    return null;
  }

  /** A number by the JSON grammar. Exact: up to 15 digits without an exponent need no string. */
  readNumber(): number {
    const { bytes } = this;
    const start = this.position;
    const negative = bytes[start] === 0x2d && start < this.end;
    if (negative) this.position++;
    const digitsStart = this.position;
    let value = this.#digits(0);
    if (this.position > digitsStart + 1 && bytes[digitsStart] === 0x30) this.#fail();
    let digits = this.position - digitsStart;
    let scale = 0;
    if (this.position < this.end && bytes[this.position] === 0x2e) {
      const fractionStart = ++this.position;
      value = this.#digits(value);
      scale = this.position - fractionStart;
      digits += scale;
    }
    const exponent = this.#skipExponent();
    this.places?.add('number', start, this.position);
    if (this.problem !== 'none') return 0;
    if (exponent || digits > 15) return Number(this.#text(start, this.position));
    const magnitude = scale === 0 ? value : value / 10 ** scale;
    return negative ? -magnitude : magnitude;
  }

  /** The string at the cursor, decoded; for the few strings that are kept. */
  readString(): string {
    const start = this.position;
    this.skipString();
    if (this.problem !== 'none') return '';
    const text: unknown = JSON.parse(this.#text(start, this.position));
    return typeof text === 'string' ? text : '';
  }

  #enter(open: number, close: number): boolean {
    if (this.peek() !== open) {
      this.#fail();
      return false;
    }
    this.position++;
    if (this.peek() !== close) return this.problem === 'none';
    this.position++;
    return false;
  }

  #next(close: number): boolean {
    const byte = this.peek();
    if (byte === 0x2c) {
      this.position++;
      return true;
    }
    if (byte === close) this.position++;
    else this.#fail();
    return false;
  }

  #digits(seed: number): number {
    const { bytes, end } = this;
    let value = seed;
    let position = this.position;
    while (position < end) {
      const digit = (bytes[position] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      position++;
    }
    if (position === this.position) this.#fail();
    else this.position = position;
    return value;
  }

  #skipExponent(): boolean {
    if (this.position >= this.end || ((this.bytes[this.position] ?? 0) | 0x20) !== 0x65) return false;
    this.position++;
    const sign = this.position < this.end ? this.bytes[this.position] : 0;
    if (sign === 0x2b || sign === 0x2d) this.position++;
    this.#digits(0);
    return true;
  }

  // -1, and still at its start, when the array is empty or holds anything else.
  #skipWholeNumbers(): number {
    const { bytes, end } = this;
    let count = 0;
    for (let position = this.position + 1; position < end; position++) {
      const first = position;
      while (position < end && isDigit(bytes[position] ?? 0)) position++;
      const digits = position - first;
      if (position >= end || digits === 0 || (digits > 1 && bytes[first] === 0x30)) break;
      count++;
      if (bytes[position] === 0x2c) continue;
      if (bytes[position] !== 0x5d) break;
      this.position = position + 1;
      return count;
    }
    return -1;
  }

  #skipWord(word: Uint8Array): void {
    const after = this.position + word.length;
    if (after > this.end || !standsAt(this.bytes, this.position, word)) return this.#fail();
    this.position = after;
  }

  #escapedKey(): string {
    if (this.problem !== 'none') return '';
    const key: unknown = JSON.parse(this.#text(this.keyStart - 1, this.keyEnd + 1));
    return typeof key === 'string' ? key : '';
  }

  #text(start: number, end: number): string {
    const { bytes } = this;
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
  }

  #fail(): void {
    if (this.problem === 'none') this.problem = 'malformed';
    this.position = this.end;
  }
}

const maximumDepth = 256;
// ASCII that a string may hold as it is. A table: strings are most of an event, and this is their inner loop.
const isPlain = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== 0x22 && byte !== 0x5c ? 1 : 0,
);
const wordNull = Buffer.from('null');
const wordTrue = Buffer.from('true');
const wordFalse = Buffer.from('false');
