import type { NumberFact } from './event-facts.ts';

/** What stands at a place; a `number` is one that nobody asks for. */
export type PlaceKind = 'number' | NumberFact | 'answer' | 'reasoning' | 'tokenIds' | 'outputIds';

const mostPlaces = 64;

/** Where the numbers, texts and id lists of an event stand. */
export class EventPlaces {
  count = 0;
  spoiled = false;
  readonly starts = new Int32Array(mostPlaces);
  readonly ends = new Int32Array(mostPlaces);
  readonly kinds: PlaceKind[] = [];

  clear(): void {
    this.count = 0;
    this.spoiled = false;
  }

  add(kind: PlaceKind, start: number, end: number): void {
    const place = this.count;
    // An array that holds more than whole numbers was walked, and its numbers are places of their own.
    if (place === mostPlaces || (place > 0 && start < (this.ends[place - 1] ?? 0))) return this.spoil();
    this.starts[place] = start;
    this.ends[place] = end;
    this.kinds[place] = kind;
    this.count = place + 1;
  }

  /** The number that was added last is this fact. A fact that is told twice is more than a shape can tell. */
  name(fact: NumberFact): void {
    if (this.kinds.lastIndexOf(fact, this.count - 1) !== -1) return this.spoil();
    this.kinds[this.count - 1] = fact;
  }

  /** The facts of this event depend on more than what stands at its places. */
  spoil(): void {
    this.spoiled = true;
  }
}
