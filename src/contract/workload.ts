import type { Vocabulary } from './engine.ts';
import type { CellPlan } from './plan.ts';
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

/**
 * The material of prompts of an exact length. `words`: each costs exactly one token wherever it stands, joined as they
 * are (a word carries its own leading space).
 */
export type PromptRecipe =
  | {
      readonly kind: 'ids';
      readonly method: 'token-ids';
      readonly vocabulary: Vocabulary;
      /** Tokens that the engine adds to each prompt by itself (BOS). */
      readonly addedTokens: number;
    }
  | {
      readonly kind: 'words';
      readonly method: Exclude<PromptMethod, 'token-ids'>;
      readonly words: readonly string[];
      readonly source: string;
      readonly addedTokens: number;
    };

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
  /** The cells as they were run. */
  readonly cells: readonly CellPlan[];
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
