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
 * Milliseconds to the end of the run, from how far a load pass has come: requests done, or tokens while none is. Waves of the
 * passes after it are taken to last as long as its own. null while there is too little to go by.
 */
export function loadTimeLeft(pass: PassProgress, state: LoadState, elapsedMs: number): number | null {
  const { requests, parallel, outputTokens, laterWaves } = pass;
  const byTokens = state.tokens / (requests * outputTokens);
  const share = Math.min(1, Math.max(state.done / requests, byTokens));
  if (share < leastShare || elapsedMs < leastMs) return null;
  const waves = requests / parallel;
  const waveMs = elapsedMs / (share * waves);
  return waveMs * ((1 - share) * waves + laterWaves);
}
