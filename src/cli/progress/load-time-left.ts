import type { PassProgress } from '../../contract/engine.ts';

/** What a load pass has done since it began. */
export interface LoadState {
  readonly done: number;
  readonly failed: number;
  readonly inFlight: number;
  readonly tokens: number;
}

const leastShare = 0.02;
const leastMs = 1000;

/**
 * Milliseconds to the end of the run. Of a closed loop from how far its pass has come: requests done, or tokens while none is;
 * waves of the passes after it are taken to last as long as its own, and null while there is too little to go by. Of an open loop
 * from the clock that it keeps.
 */
export function loadTimeLeft(pass: PassProgress, state: LoadState, elapsedMs: number): number | null {
  const { requests, parallel, arrival, outputTokens, laterWaves } = pass;
  if (arrival !== null) {
    return Math.max(0, (requests / arrival.requestsPerSecond) * 1000 - elapsedMs) + laterWaves * 1000;
  }
  const byTokens = state.tokens / (requests * outputTokens);
  const share = Math.min(1, Math.max(state.done / requests, byTokens));
  if (share < leastShare || elapsedMs < leastMs) return null;
  const waves = requests / (parallel ?? 1);
  const waveMs = elapsedMs / (share * waves);
  return waveMs * ((1 - share) * waves + laterWaves);
}
