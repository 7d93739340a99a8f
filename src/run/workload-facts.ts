import type { PromptFact, PromptRecipe, RequestSource, WorkloadFacts } from '../contract/workload.ts';
import { promptSha256 } from '../workload/prompt-digest.ts';
import type { Pass } from './passes.ts';
import type { Session } from './session.ts';

/** What workload.json keeps of a run that is about to be measured. */
export function workloadFacts(input: {
  session: Pick<Session, 'recipe' | 'cells' | 'scale'>;
  passes: readonly Pass[];
  source: RequestSource;
  seed: number;
  nonce: string | null;
}): WorkloadFacts {
  const { session, passes, source, seed, nonce } = input;
  const { recipe, cells, scale } = session;
  return {
    v: 1,
    method: recipe.method,
    ...materialOf(recipe),
    seed,
    nonce,
    addedTokens: recipe.addedTokens,
    scale,
    cells,
    prompts: promptFacts(recipe.kind === 'fixed' ? firstOfCells(passes) : passes, source),
  };
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

function firstOfCells(passes: readonly Pass[]): readonly Pass[] {
  return passes.filter(({ cell }, place) => passes.findIndex((pass) => pass.cell.id === cell.id) === place);
}

function promptFacts(passes: readonly Pass[], source: RequestSource): PromptFact[] {
  return passes.map(({ cell, firstRequest: index }) => {
    const { promptTokens, outputTokens } = cell;
    const { prompt } = source.at({ index, promptTokens, outputTokens });
    return { index, cell: cell.id, promptTokens, sha256: promptSha256(prompt) };
  });
}
