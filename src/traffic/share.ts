/** A thread's part of a loop that several threads run together. */
export interface Share {
  /** From 0. */
  readonly index: number;
  /** Threads in all. */
  readonly of: number;
}

/** A loop that one thread runs alone. */
export const undivided: Share = { index: 0, of: 1 };

/** How many of `count` requests in flight are this thread's: as equal as they can be dealt. */
export function shareOf(count: number, { index, of }: Share): number {
  return Math.floor(count / of) + (index < count % of ? 1 : 0);
}

/** The places that are `index` modulo `of`: for loops whose times are fixed before, so that nobody has to ask for the next. */
export function* everyNth<Item>(items: Iterable<Item>, { index, of }: Share): Generator<Item, void> {
  let place = 0;
  for (const item of items) if (place++ % of === index) yield item;
}

/**
 * Places from 0 below `count`, each taken once by whichever thread asks next. `ticket`: one Int32 in shared memory, 0 at
 * the start of the loop. So the threads are one closed loop: none runs dry while there is work.
 */
export function* takePlaces(ticket: SharedArrayBuffer, count: number): Generator<number, void> {
  const next = new Int32Array(ticket);
  for (let place = Atomics.add(next, 0, 1); place < count; place = Atomics.add(next, 0, 1)) yield place;
}
