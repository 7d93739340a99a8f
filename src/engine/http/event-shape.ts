import type { EventFacts } from './event-facts.ts';
import { EventPlaces } from './event-places.ts';
import type { JsonCursor } from './json-cursor.ts';

const mostBytes = 8192;
// A stream whose events differ in more than numbers and text is walked event by event, without a look for likeness.
const patience = 16;

/**
 * The last event that was walked: its fixed bytes, and its places. Events of a stream differ in little but those, and
 * comparing bytes costs a fraction of walking JSON. What stands at a place is read by the same grammar.
 */
export class EventShape {
  readonly #places = new EventPlaces();
  #bytes = new Uint8Array(0);
  #own = new DataView(this.#bytes.buffer);
  #theirs: DataView = this.#own;
  #length = 0;
  #start = 0;
  #known = false;
  #misses = 0;

  /** A walk begins; null when nothing is learned from it. */
  begin(): EventPlaces | null {
    this.#known = false;
    if (this.#misses === patience) return null;
    this.#misses++;
    this.#places.clear();
    return this.#places;
  }

  /** The walk of these bytes ended well. */
  learn(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#misses === patience || this.#places.spoiled || length > mostBytes) return;
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
      this.#read(cursor, place, facts);
      if (cursor.problem !== 'none') return -1;
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
    if (bytes.buffer !== this.#theirs.buffer) this.#theirs = new DataView(bytes.buffer);
    const own = this.#own;
    const theirs = this.#theirs;
    const away = bytes.byteOffset + shift;
    let index = from;
    // Four at a time: half the cost of one by one.
    for (; index + 4 <= to; index += 4) if (own.getInt32(index) !== theirs.getInt32(index + away)) return false;
    for (; index < to; index++) if (own.getInt8(index) !== theirs.getInt8(index + away)) return false;
    cursor.position = to + shift;
    return true;
  }

  #read(cursor: JsonCursor, place: number, facts: EventFacts): void {
    const kind = this.#places.kinds[place];
    switch (kind) {
      case 'answer':
        if (cursor.readText()) facts.hasAnswer = true;
        return;
      case 'reasoning':
        if (cursor.readText()) facts.hasReasoning = true;
        return;
      case 'tokenIds':
        facts.tokenIds = cursor.readWholeNumbers();
        return;
      case 'outputIds':
        if (cursor.readWholeNumbers() > 0) facts.hasAnswer = true;
        return;
      case 'completionTokens':
        facts.completionTokens = cursor.readNumber();
        return;
      case 'promptTokens':
        facts.promptTokens = cursor.readNumber();
        return;
      case 'predictedN':
        facts.predictedN = cursor.readNumber();
        return;
      case 'number':
      case undefined:
        cursor.readNumber();
        return;
      default:
        facts[kind] = cursor.readNumber();
    }
  }
}
