import type { EventFacts } from './event-facts.ts';
import { EventPlaces } from './event-places.ts';
import type { JsonCursor } from './json-cursor.ts';

const mostBytes = 8192;
// After so many misses in a row it is learned only now and then: these events differ in more than numbers and text.
const patience = 16;
const nowAndThen = 32;
// After so many, a string in these events is never the same.
const strict = 3;

/**
 * The last event that was walked: its fixed bytes, and its places. Events of a stream differ in little but those, and
 * comparing bytes costs a fraction of walking JSON. What stands at a place is read by the same grammar.
 */
export class EventShape {
  readonly #places = new EventPlaces();
  #bytes = new Uint8Array(0);
  #own = new DataView(this.#bytes.buffer);
  #viewed: Uint8Array = this.#bytes;
  #theirs: DataView = this.#own;
  #length = 0;
  #start = 0;
  #known = false;
  #learning = false;
  #misses = 0;

  /** A walk begins; null when nothing is learned from it. */
  begin(): EventPlaces | null {
    this.#known = false;
    this.#misses++;
    this.#learning = this.#misses < patience || this.#misses % nowAndThen === 0;
    if (!this.#learning) return null;
    this.#places.clear();
    if (this.#misses > strict) this.#places.withStrings = true;
    return this.#places;
  }

  /** The walk of these bytes ended well. */
  learn(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (!this.#learning || this.#places.spoiled || length > mostBytes) return;
    if (this.#bytes.length < length) {
      this.#bytes = new Uint8Array(length * 2);
      this.#own = new DataView(this.#bytes.buffer);
    }
    for (let index = 0; index < length; index++) this.#bytes[index] = bytes[start + index] ?? 0;
    this.#length = length;
    this.#start = start;
    this.#known = true;
  }

  /**
   * Where the event under the cursor ends, its facts in `facts`; -1 when it is not like the last one, and must be walked.
   * `facts` are still those of the last event: what is not at a place is the same.
   */
  match(cursor: JsonCursor, facts: EventFacts): number {
    if (!this.#known) return -1;
    const { starts, ends, count } = this.#places;
    facts.hasAnswer = false;
    facts.hasReasoning = false;
    let from = 0;
    for (let place = 0; place < count; place++) {
      const stop = (starts[place] ?? 0) - this.#start;
      if (!this.#isSame(cursor, from, stop)) return -1;
      if (!this.#read(cursor, place, facts)) return -1;
      from = (ends[place] ?? 0) - this.#start;
    }
    if (!this.#isSame(cursor, from, this.#length)) return -1;
    this.#misses = 0;
    return cursor.position;
  }

  #isSame(cursor: JsonCursor, from: number, to: number): boolean {
    const { bytes, position } = cursor;
    const shift = position - from;
    if (to + shift > cursor.end) return false;
    // Asking a view for its buffer costs more than all that follows; reads come in the same one.
    if (bytes !== this.#viewed) this.#view(bytes);
    const own = this.#own;
    const theirs = this.#theirs;
    let index = from;
    // Eight at a time, as doubles: no two that are equal differ in a byte but the zeros, and events hold no zero byte; those that are
    // no number are unlike themselves, and only walked.
    for (; index + 8 <= to; index += 8)
      if (own.getFloat64(index, true) !== theirs.getFloat64(index + shift, true)) return false;
    for (; index < to; index++) if (own.getInt8(index) !== theirs.getInt8(index + shift)) return false;
    cursor.position = to + shift;
    return true;
  }

  #view(bytes: Uint8Array): void {
    this.#viewed = bytes;
    this.#theirs = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  // Whether the place holds what it held: without white space before it, which could be the end of an event's line.
  #read(cursor: JsonCursor, place: number, facts: EventFacts): boolean {
    const kind = this.#places.kinds[place];
    const first = cursor.bytes[cursor.position];
    switch (kind) {
      case 'answer':
        if (first !== quote) return false;
        if (cursor.skipString()) facts.hasAnswer = true;
        break;
      case 'reasoning':
        if (first !== quote) return false;
        if (cursor.skipString()) facts.hasReasoning = true;
        break;
      case 'string':
        if (first !== quote) return false;
        cursor.skipString();
        break;
      case 'tokenIds':
      case 'outputIds': {
        const count = first === openArray ? cursor.skipWholeNumbers() : -1;
        if (count === -1) return false;
        if (kind === 'tokenIds') facts.tokenIds = count;
        else facts.hasAnswer = true;
        break;
      }
      // By name: a store by a computed name costs ten times as much.
      case 'completionTokens':
        facts.completionTokens = cursor.readNumber();
        break;
      case 'promptTokens':
        facts.promptTokens = cursor.readNumber();
        break;
      case 'predictedN':
        facts.predictedN = cursor.readNumber();
        break;
      case 'number':
      case undefined:
        cursor.readNumber();
        break;
      case 'cachedTokens':
      case 'promptMs':
      case 'promptN':
      case 'predictedMs':
      case 'cacheN':
        facts[kind] = cursor.readNumber();
        break;
    }
    return cursor.problem === 'none';
  }
}

const quote = 0x22;
const openArray = 0x5b;
