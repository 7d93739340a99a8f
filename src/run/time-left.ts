import type { CellPlan } from '../contract/plan.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { Pass } from './passes.ts';

/** Predicts how long the passes that remain will take, those of speed cells from the latest speeds seen. Only the progress display reads it. */
export class TimeLeft {
  readonly #passes: readonly Pass[];
  #prefillNsPerToken: number | null = null;
  #decodeNsPerToken: number | null = null;

  constructor(passes: readonly Pass[]) {
    this.#passes = passes;
  }

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

  /** Milliseconds from the start of pass `from` to the end; null before anything was learnt. */
  remainingMs(from: number): number | null {
    if (this.#decodeNsPerToken === null) return null;
    let ns = 0;
    for (const pass of this.#passes.slice(from)) {
      ns += pass.cell.outputTokens * this.#decodeNsPerToken;
      ns += (pass.cell.promptTokens ?? 0) * (this.#prefillNsPerToken ?? 0);
    }
    const isPrefillKnown = this.#prefillNsPerToken !== null;
    const isPrefillNeeded = this.#passes.slice(from).some(({ cell }) => (cell.promptTokens ?? 0) > 64);
    return isPrefillNeeded && !isPrefillKnown ? null : ns / 1e6;
  }

  /** Waves of the passes after `index`; of an open loop seconds of arrivals. */
  wavesAfter(index: number): number {
    return this.#passes.slice(index + 1).reduce((sum, { requests, cell }) => sum + requests / waveOf(cell), 0);
  }
}

function waveOf({ parallel, arrival }: CellPlan): number {
  return arrival?.requestsPerSecond ?? parallel ?? 1;
}
