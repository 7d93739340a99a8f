/**
 * Counters of a run under way, in shared memory: traffic adds, stop rules and the 10 Hz progress display read.
 * Nothing is sent per chunk.
 */
const slots = { due: 0, sent: 1, done: 2, failed: 3, tokens: 4, requestTokens: 5 } as const;
const slotCount = Object.keys(slots).length;

export type CounterName = keyof typeof slots;

export class LiveCounters {
  readonly shared: SharedArrayBuffer;
  readonly #values: Float64Array;

  constructor(shared = new SharedArrayBuffer(slotCount * 8)) {
    this.shared = shared;
    this.#values = new Float64Array(shared);
  }

  add(name: CounterName, amount = 1): void {
    const slot = slots[name];
    this.#values[slot] = (this.#values[slot] ?? 0) + amount;
  }

  /** What a chunk adds: on the hot path, without a look-up. */
  addTokens(tokens: number, requestTokens: number): void {
    const values = this.#values;
    values[slots.tokens] = (values[slots.tokens] ?? 0) + tokens;
    values[slots.requestTokens] = requestTokens;
  }

  set(name: CounterName, value: number): void {
    this.#values[slots[name]] = value;
  }

  get(name: CounterName): number {
    return this.#values[slots[name]] ?? 0;
  }
}
