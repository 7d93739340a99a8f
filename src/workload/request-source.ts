// WHAT is sent. What comes in: a recipe of exact lengths, the seed, the run's nonce, and how outputs are asked for. What
// goes out: a RequestSource whose `at` is a pure function of them and the point. It must not know when requests are sent,
// which engine answers, or what became of them.
import { seededRandom } from '../base/random.ts';
import type { WorkloadPlan } from '../contract/plan.ts';
import type { Prompt } from '../contract/request.ts';
import type { PromptRecipe, RequestPoint, RequestSource } from '../contract/workload.ts';

export interface RequestSourceInput {
  readonly recipe: PromptRecipe;
  readonly seed: number;
  /** Fresh in each run, from `freshNonce`; without meaning for a fixed prompt. */
  readonly nonce: string | null;
  readonly outputs: Pick<WorkloadPlan, 'minOutputTokens' | 'temperature' | 'extraArguments'>;
}

/** The requests of a run. A fixed prompt is one for all; others are of an exact length, each its own. */
export function createRequestSource(input: RequestSourceInput): RequestSource {
  const { minOutputTokens, temperature, extraArguments } = input.outputs;
  const promptAt = promptsOf(input);
  return {
    at: (point) => ({
      index: point.index,
      prompt: promptAt(point),
      promptTokens: point.promptTokens,
      outputTokens: point.outputTokens,
      // A request may be shorter than the plan's, as those of an estimate are.
      minOutputTokens: minOutputTokens === null ? null : Math.min(minOutputTokens, point.outputTokens),
      temperature,
      extraArguments,
    }),
  };
}

/**
 * Prompts of an exact length are drawn uniformly from the recipe's material. Two requests of a run differ from their first
 * token on, as long as there are no more requests than material. A prompt shorter than what the engine adds by itself
 * can't be made: one token is sent, and the engine's count will tell.
 */
function promptsOf({ recipe, seed, nonce }: RequestSourceInput): (point: RequestPoint) => Prompt {
  if (recipe.kind === 'fixed') {
    const prompt: Prompt = { kind: 'text', text: recipe.text };
    return () => prompt;
  }
  const size = recipe.kind === 'ids' ? recipe.vocabulary.ids.length : recipe.words.length;
  const firstPlaces = permutation(size, `${seed}:${nonce}:first`);
  return (point) => {
    const places = new Uint32Array(Math.max(1, (point.promptTokens ?? 1) - recipe.addedTokens));
    const random = seededRandom(`${seed}:${nonce}:${point.index}`);
    places[0] = firstPlaces[point.index % size] ?? 0;
    for (let place = 1; place < places.length; place++) places[place] = random.nextBelow(size);
    return promptOf(recipe, places);
  };
}

function promptOf(recipe: Exclude<PromptRecipe, { kind: 'fixed' }>, places: Uint32Array): Prompt {
  if (recipe.kind === 'ids') {
    const { ids } = recipe.vocabulary;
    // In place: a prompt has up to 129,024 ids, and `map` takes three times as long.
    for (let index = 0; index < places.length; index++) places[index] = ids[places[index] ?? 0] ?? 0;
    return { kind: 'ids', ids: places };
  }
  const { words } = recipe;
  return { kind: 'text', text: Array.from(places, (place) => words[place] ?? '').join('') };
}

/** 0 to `size` - 1 in an order that only the seed decides (Fisher and Yates). */
function permutation(size: number, seed: string): Uint32Array {
  const random = seededRandom(seed);
  const places = Uint32Array.from({ length: size }, (_, place) => place);
  for (let last = size - 1; last > 0; last--) {
    const other = random.nextBelow(last + 1);
    const value = places[last] ?? 0;
    places[last] = places[other] ?? 0;
    places[other] = value;
  }
  return places;
}
