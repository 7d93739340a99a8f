import type { RequestSpec } from './request.ts';

/** Which prompt, of how many tokens, for which place in the run. */
export interface RequestPoint {
  readonly index: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** WHAT is sent. `at` is a pure function of plan, seed, nonce and point, so that a run can be sharded and resumed. */
export interface RequestSource {
  at(point: RequestPoint): RequestSpec;
}

/** How prompts of an exact length are made. */
export type PromptMethod = 'token-ids' | 'server-tokenize' | 'tokenizer-file' | 'calibrated-text';

/** What workload.json keeps: enough to make every prompt again. */
export interface WorkloadFacts {
  readonly v: 1;
  readonly method: PromptMethod;
  readonly vocabulary: string;
  readonly vocabularySize: number;
  readonly seed: number;
  /** Fresh in each run: the same seed against a living server would hit its prefix cache. */
  readonly nonce: string;
  /** Tokens that the engine adds to each prompt by itself (BOS, template). */
  readonly addedTokens: number;
  /** Lengths were scaled to the machine; null: they are as planned. */
  readonly scale: LengthScale | null;
  readonly prompts: readonly PromptFact[];
}

export interface LengthScale {
  readonly factor: number;
  readonly plannedPromptTokens: readonly number[];
  readonly plannedOutputTokens: number;
  readonly reason: string;
}

export interface PromptFact {
  readonly index: number;
  readonly cell: string;
  readonly promptTokens: number;
  readonly sha256: string;
}
