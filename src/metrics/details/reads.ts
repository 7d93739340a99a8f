import type { RequestRecord } from '../../contract/record.ts';

/** Reads that carried tokens: when they came, in ns of the run's clock, and how many tokens came since the one before. */
export interface Reads {
  readonly atNs: readonly number[];
  readonly tokens: readonly number[];
}

/** The reads of a record; chunks of one stamp came in one. */
export function readsOf({ chunkNs, chunkTokens }: RequestRecord): Reads {
  const atNs: number[] = [];
  const tokens: number[] = [];
  let lastNs = NaN;
  for (let index = 0; index < chunkNs.length; index++) {
    const stamp = chunkNs[index] ?? 0;
    const count = chunkTokens === null ? 1 : (chunkTokens[index] ?? 1);
    if (stamp === lastNs) tokens[tokens.length - 1] = (tokens.at(-1) ?? 0) + count;
    else {
      atNs.push(stamp);
      tokens.push(count);
      lastNs = stamp;
    }
  }
  return { atNs, tokens };
}

/** At most `most` of the reads: the first and the last, both ends of the longest gaps, the rest evenly. No token is lost. */
export function thinned(reads: Reads, most: number): Reads {
  const { atNs, tokens } = reads;
  if (atNs.length <= most) return reads;
  const kept = new Set([0, atNs.length - 1]);
  const gaps = atNs.map((at, index) => ({ index, ns: at - (atNs[index - 1] ?? at) }));
  const longest = gaps.toSorted((one, other) => other.ns - one.ns).slice(0, Math.floor(most / 8));
  for (const { index } of longest) kept.add(index).add(Math.max(0, index - 1));
  const others = most - kept.size;
  for (let step = 0; step < others; step++) kept.add(Math.round(((step + 1) * (atNs.length - 1)) / (others + 1)));
  const shown: { atNs: number[]; tokens: number[] } = { atNs: [], tokens: [] };
  let since = 0;
  for (const [index, at] of atNs.entries()) {
    since += tokens[index] ?? 0;
    if (!kept.has(index)) continue;
    shown.atNs.push(at);
    shown.tokens.push(since);
    since = 0;
  }
  return shown;
}
