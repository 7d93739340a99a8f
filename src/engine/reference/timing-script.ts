// When the scripted engine says what: comes in timing, lengths and a seeded generator, goes out a list of due times.
// Pure. Knows no clock, no socket and no request.
import type { Random } from '../../base/random.ts';
import type { ReferenceTiming } from '../../contract/plan.ts';

/** The script of one request: one entry a chunk. */
export interface TimingSchedule {
  /** When each chunk is due: nanoseconds from the request's start, never decreasing. */
  readonly dueNs: Float64Array;
  /** Tokens of each chunk. */
  readonly tokens: Uint32Array;
}

/** Nanoseconds to the first chunk, before jitter: `ttftMs` + prompt tokens / prefill speed. */
function scriptedTtftNs(timing: ReferenceTiming, promptTokens: number): number {
  const speed = timing.prefillTokensPerSecond;
  return timing.ttftMs * 1e6 + (speed === null ? 0 : (promptTokens / speed) * 1e9);
}

/**
 * The schedule of one request. A chunk is due when its last token is, with the first chunk's last token at TTFT: decode
 * speed, (G - g1) / (tn - t1), is 1 / itlMs for every chunk size, a shorter last chunk included.
 */
export function timingSchedule(
  timing: ReferenceTiming,
  random: Random,
  lengths: { readonly promptTokens: number; readonly outputTokens: number },
): TimingSchedule {
  const perChunk = Math.max(1, Math.floor(timing.tokensPerChunk));
  const count = Math.ceil(lengths.outputTokens / perChunk);
  const dueNs = new Float64Array(count);
  const tokens = new Uint32Array(count);
  const ttftNs = scriptedTtftNs(timing, lengths.promptTokens);
  const first = Math.min(perChunk, lengths.outputTokens);
  let produced = 0;
  for (let chunk = 0; chunk < count; chunk++) {
    const size = Math.min(perChunk, lengths.outputTokens - produced);
    produced += size;
    tokens[chunk] = size;
    dueNs[chunk] = ttftNs + (produced - first) * timing.itlMs * 1e6;
  }
  if (timing.jitterMs > 0) addJitter(dueNs, timing.jitterMs * 1e6, random);
  return { dueNs, tokens };
}

// Around the due time and not around the last chunk, so that nothing adds up. Where a wide jitter would swap two chunks,
// they are sorted: cutting them off at each other would push every later one back.
function addJitter(dueNs: Float64Array, jitterNs: number, random: Random): void {
  for (let chunk = 0; chunk < dueNs.length; chunk++) {
    const shiftNs = (random.nextFloat() * 2 - 1) * jitterNs;
    dueNs[chunk] = Math.max(0, (dueNs[chunk] ?? 0) + shiftNs);
  }
  dueNs.sort();
}
