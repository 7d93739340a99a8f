/**
 * Counters of a run under way, in shared memory: traffic adds, stop rules and the 10 Hz progress display read.
 * Nothing is sent per chunk.
 */
const slots = ['due', 'sent', 'done', 'failed', 'tokens', 'requestTokens'] as const;

export type CounterName = (typeof slots)[number];

export class LiveCounters {
  readonly shared: SharedArrayBuffer;
  readonly #values: Float64Array;

  constructor(shared = new SharedArrayBuffer(slots.length * 8)) {
    this.shared = shared;
    this.#values = new Float64Array(shared);
  }

  add(name: CounterName, amount = 1): void {
    const slot = slots.indexOf(name);
    this.#values[slot] = (this.#values[slot] ?? 0) + amount;
  }

  set(name: CounterName, value: number): void {
    this.#values[slots.indexOf(name)] = value;
  }

  get(name: CounterName): number {
    return this.#values[slots.indexOf(name)] ?? 0;
  }
}
