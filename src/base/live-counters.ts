/**
 * Counters of a run under way, in shared memory: traffic adds, stop rules and the 10 Hz progress display read.
 * Nothing is sent per chunk. Each thread adds in a lane of its own, without atomic operations; a reader sums the lanes.
 */
const slots = { due: 0, sent: 1, done: 2, failed: 3, tokens: 4, requestTokens: 5 } as const;
const slotCount = Object.keys(slots).length;

export type CounterName = keyof typeof slots;

/** Most threads that a load is sent on, beside the main one. */
export const mostClientThreads = 64;

// Two cache lines: a lane shares none with its neighbours, nor do processors that fetch lines in pairs.
const laneBytes = 128;

export class LiveCounters {
  readonly shared: SharedArrayBuffer;
  readonly #lanes: readonly Float64Array[];
  readonly #own: Float64Array;

  /** Lane 0 belongs to the main thread, lane n to client thread n. */
  constructor(shared = new SharedArrayBuffer((1 + mostClientThreads) * laneBytes), lane = 0) {
    this.shared = shared;
    this.#own = laneOf(shared, lane);
    this.#lanes = Array.from({ length: 1 + mostClientThreads }, (_, place) => laneOf(shared, place));
  }

  add(name: CounterName, amount = 1): void {
    const slot = slots[name];
    this.#own[slot] = (this.#own[slot] ?? 0) + amount;
  }

  /** What a chunk adds: on the hot path, without a look-up. */
  addTokens(tokens: number, requestTokens: number): void {
    const values = this.#own;
    values[slots.tokens] = (values[slots.tokens] ?? 0) + tokens;
    values[slots.requestTokens] = requestTokens;
  }

  set(name: CounterName, value: number): void {
    this.#own[slots[name]] = value;
  }

  /** Of all threads together; `requestTokens` tells of this thread's latest request. */
  get(name: CounterName): number {
    const slot = slots[name];
    if (name === 'requestTokens') return this.#own[slot] ?? 0;
    return this.#lanes.reduce((sum, lane) => sum + (lane[slot] ?? 0), 0);
  }
}

function laneOf(shared: SharedArrayBuffer, lane: number): Float64Array {
  return new Float64Array(shared, lane * laneBytes, slotCount);
}
