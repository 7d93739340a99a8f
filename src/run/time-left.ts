import type { CellPlan } from '../contract/plan.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { Pass } from './passes.ts';

/** Predicts how long the passes that remain will take, those of speed cells from the latest speeds seen. Only the progress display reads it. */
export class TimeLeft {
  #prefillNsPerToken: number | null = null;
  #decodeNsPerToken: number | null = null;

  learn(record: RequestRecord): void {
    const first = record.chunkNs[0];
    const last = record.chunkNs.at(-1);
    if (first === undefined || last === undefined || record.outcome.status !== 'ok') return;
    // One prompt token says nothing about prefill; its time is the floor that longer prompts stand on.
    const promptTokens = record.requestedPromptTokens ?? 0;
    if (promptTokens > 64) {
      this.#prefillNsPerToken = (first - record.sentNs) / promptTokens;
    }
    const decoded = (record.outputTokens ?? record.chunkNs.length) - 1;
    if (decoded > 0) this.#decodeNsPerToken = (last - first) / decoded;
  }

  /** Milliseconds from the start of a pass to the end of the run; null before anything was learnt. */
  remainingMs({ ahead, deadlineMs }: Pass, nowMs: number): number | null {
    if (deadlineMs !== null) return Math.max(0, deadlineMs - nowMs);
    if (this.#decodeNsPerToken === null) return null;
    let ns = 0;
    let isPrefillNeeded = false;
    for (const { cell, warmups, measured } of ahead) {
      const passes = warmups + measured;
      const promptTokens = cell.promptTokens ?? 0;
      ns += passes * cell.outputTokens * this.#decodeNsPerToken;
      ns += passes * promptTokens * (this.#prefillNsPerToken ?? 0);
      isPrefillNeeded ||= passes > 0 && promptTokens > 64;
    }
    return isPrefillNeeded && this.#prefillNsPerToken === null ? null : ns / 1e6;
  }
}

/** Waves (requests by parallel) of the passes that follow this one, as far as they are known; of an open loop seconds of arrivals. */
export function laterWaves({ ahead, requests, cell }: Pass): number {
  const all = ahead.reduce(
    (sum, one) => sum + (one.warmups * one.cell.warmupRequests + one.measured * one.cell.requests) / waveOf(one.cell),
    0,
  );
  return Math.max(0, all - requests / waveOf(cell));
}

function waveOf({ parallel, arrival }: CellPlan): number {
  return arrival?.requestsPerSecond ?? parallel ?? 1;
}
