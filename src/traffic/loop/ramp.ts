/** A closed loop that is about to start. */
export interface LoopAhead {
  /** Requests in flight at once. */
  readonly parallel: number;
  readonly requests: number;
  /** Of a request under this load, in ms; null: none was seen yet. */
  readonly latencyMs: number | null;
}

const gapMs = 5;
const usualMs = 250;
// Beginning and ending a request costs the client some 0.2 ms: ends that are 1 ms apart leave room for the tokens between them.
const calmGapMs = 1;
const mostOfPass = 0.01;

/** Over how long so many first requests start, in ms, where nothing is known of them. */
export function usualRampMs(parallel: number): number {
  return Math.min(gapMs * parallel, usualMs);
}

/**
 * Over how long the first requests of a closed loop start, in ms. Streams that start at once move in step, and requests of one
 * length that started together end together, so that tokens queue in the client. But a ramp is time at which fewer requests
 * are in flight than asked for: beyond 250 ms it takes no more than a hundredth of the pass.
 */
export function rampMs({ parallel, requests, latencyMs }: LoopAhead): number {
  const usual = usualRampMs(parallel);
  if (latencyMs === null) return usual;
  const passMs = (latencyMs * requests) / parallel;
  return Math.max(usual, Math.min(calmGapMs * parallel, mostOfPass * passMs, latencyMs));
}
