import type { Vocabulary } from './engine.ts';
import type { CellPlan } from './plan.ts';
import type { RequestSpec } from './request.ts';

/** Which prompt, of how many tokens, for which place in the run. */
export interface RequestPoint {
  readonly index: number;
  /** null: the fixed prompt. */
  readonly promptTokens: number | null;
  readonly outputTokens: number;
}

/** WHAT is sent. `at` is a pure function of plan, seed, nonce and point, so that a run can be sharded and resumed. */
export interface RequestSource {
  at(point: RequestPoint): RequestSpec;
}

/** How prompts of an exact length are made; `fixed-text`: one text for all, of whatever length. */
export type PromptMethod = 'token-ids' | 'server-tokenize' | 'tokenizer-file' | 'calibrated-text' | 'fixed-text';

/**
 * The material of prompts. `words`: each costs exactly one token wherever it stands, joined as they are (a word carries its
 * own leading space). `fixed`: every request sends this prompt.
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
      readonly method: Exclude<PromptMethod, 'token-ids' | 'fixed-text'>;
      readonly words: readonly string[];
      readonly source: string;
      readonly addedTokens: number;
    }
  | { readonly kind: 'fixed'; readonly method: 'fixed-text'; readonly text: string; readonly addedTokens: 0 };

/** What workload.json keeps: enough to make every prompt again. */
export interface WorkloadFacts {
  readonly v: 1;
  readonly method: PromptMethod;
  readonly vocabulary: string;
  readonly vocabularySize: number;
  readonly seed: number;
  /** Fresh in each run: the same seed against a living server would hit its prefix cache. null: the prompt is fixed. */
  readonly nonce: string | null;
  /** Tokens that the engine adds to each prompt by itself (BOS, template). */
  readonly addedTokens: number;
  /** Lengths were scaled to the machine; null: they are as planned. */
  readonly scale: LengthScale | null;
  /** The cells as they were run. */
  readonly cells: readonly CellPlan[];
  /** Each prompt of the run; of a fixed prompt one a cell. */
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
  readonly promptTokens: number | null;
  readonly sha256: string;
}
