import type { PromptFact, PromptRecipe, RequestSource, WorkloadFacts } from '../contract/workload.ts';
import { promptSha256 } from '../workload/prompt-digest.ts';
import type { Pass } from './passes.ts';
import type { Session } from './session.ts';

/** What workload.json keeps of a run: how prompts were made, and the digest of each that was sent. */
export class WorkloadLog {
  readonly #facts: Omit<WorkloadFacts, 'prompts'>;
  readonly #source: RequestSource;
  readonly #isFixed: boolean;
  readonly #prompts: PromptFact[] = [];

  constructor(input: {
    session: Pick<Session, 'recipe' | 'cells' | 'scale'>;
    source: RequestSource;
    seed: number;
    nonce: string | null;
  }) {
    const { session, source, seed, nonce } = input;
    const { recipe, cells, scale } = session;
    const { method, addedTokens } = recipe;
    this.#facts = { v: 1, method, ...materialOf(recipe), seed, nonce, addedTokens, scale, cells };
    this.#source = source;
    this.#isFixed = recipe.kind === 'fixed';
  }

  /** Digests the prompt of a pass that is about to be sent; of a fixed prompt once a cell. */
  note({ cell, firstRequest: index }: Pass): void {
    if (this.#isFixed && this.#prompts.some((prompt) => prompt.cell === cell.id)) return;
    const { promptTokens, outputTokens } = cell;
    const { prompt } = this.#source.at({ index, promptTokens, outputTokens });
    this.#prompts.push({ index, cell: cell.id, promptTokens, sha256: promptSha256(prompt) });
  }

  facts(): WorkloadFacts {
    return { ...this.#facts, prompts: [...this.#prompts] };
  }
}

function materialOf(recipe: PromptRecipe): Pick<WorkloadFacts, 'vocabulary' | 'vocabularySize'> {
  switch (recipe.kind) {
    case 'ids':
      return { vocabulary: recipe.vocabulary.source, vocabularySize: recipe.vocabulary.ids.length };
    case 'words':
      return { vocabulary: recipe.source, vocabularySize: recipe.words.length };
    case 'fixed':
      return { vocabulary: 'the text of --prompt', vocabularySize: 1 };
  }
}
