/** The server's own truth about one request. Times: CLOCK_MONOTONIC in nanoseconds, as text (they exceed 2^53). */
export interface RequestStamps {
  /** Position among the generation requests since the server's start, from 0. */
  readonly index: number;
  /** When the request's headers had been read. */
  readonly receivedNs: string;
  /** As the script counts them, added tokens included. */
  readonly promptTokens: number;
  /** Tokens written so far. */
  readonly outputTokens: number;
  /** One entry a write that carries tokens, stamped just before it. */
  readonly writes: readonly { readonly atNs: string; readonly tokens: number }[];
}

/** Stamps of one request while it is answered: numbers in typed arrays, nothing allocated per write. */
export class StampPage {
  readonly index: number;
  readonly receivedNs: bigint;
  readonly promptTokens: number;
  readonly capacity: number;
  readonly #atNs: BigInt64Array;
  readonly #tokens: Uint32Array;
  #count = 0;

  constructor(facts: { index: number; receivedNs: bigint; promptTokens: number; writes: number }) {
    this.index = facts.index;
    this.receivedNs = facts.receivedNs;
    this.promptTokens = facts.promptTokens;
    this.capacity = facts.writes;
    this.#atNs = new BigInt64Array(facts.writes);
    this.#tokens = new Uint32Array(facts.writes);
  }

  write(atNs: bigint, tokens: number): void {
    this.#atNs[this.#count] = atNs;
    this.#tokens[this.#count] = tokens;
    this.#count++;
  }

  /** First and last write, and the tokens of all; null before the first. */
  span(): { readonly firstNs: bigint; readonly lastNs: bigint; readonly tokens: number } | null {
    const [firstNs, lastNs] = [this.#atNs[0], this.#atNs[this.#count - 1]];
    if (this.#count === 0 || firstNs === undefined || lastNs === undefined) return null;
    let tokens = 0;
    for (let place = 0; place < this.#count; place++) tokens += this.#tokens[place] ?? 0;
    return { firstNs, lastNs, tokens };
  }

  read(): RequestStamps {
    const tokens = [...this.#tokens.subarray(0, this.#count)];
    return {
      index: this.index,
      receivedNs: this.receivedNs.toString(),
      promptTokens: this.promptTokens,
      outputTokens: tokens.reduce((sum, count) => sum + count, 0),
      writes: tokens.map((count, place) => ({ atNs: String(this.#atNs[place]), tokens: count })),
    };
  }
}

/** Keeps the stamps of the last 10,000 requests, or of fewer when together they hold over 4 million writes (48 MB). */
export class StampBook {
  readonly #limits: { requests: number; writes: number };
  #pages: StampPage[] = [];
  #writes = 0;

  constructor(limits = { requests: 10_000, writes: 4_000_000 }) {
    this.#limits = limits;
  }

  open(facts: { index: number; receivedNs: bigint; promptTokens: number; writes: number }): StampPage {
    const page = new StampPage(facts);
    this.#pages.push(page);
    this.#writes += page.capacity;
    while (this.size > 1 && (this.size > this.#limits.requests || this.#writes > this.#limits.writes)) {
      this.#writes -= this.#pages.shift()?.capacity ?? 0;
    }
    return page;
  }

  get size(): number {
    return this.#pages.length;
  }

  /** Oldest first. */
  pages(): readonly StampPage[] {
    return [...this.#pages];
  }

  clear(): void {
    this.#pages = [];
    this.#writes = 0;
  }
}
