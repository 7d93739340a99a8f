// Decides how prompts of an exact length are made for an engine. What comes in: the engine's capabilities (probe,
// tokenize, vocabulary) and a tokenizer file, if the user has one. What goes out: a PromptRecipe, and one note that tells
// what was found out. It must not know which engine answers, nor what a prompt is used for.
import { TokometerError } from '../base/errors.ts';
import { seededRandom, type Random } from '../base/random.ts';
import { formatCount } from '../base/units.ts';
import type { Engine, Tell, Vocabulary } from '../contract/engine.ts';
import type { PromptRecipe } from '../contract/workload.ts';
import { PromptProbe, type AddedTokens } from './prompt-probe.ts';
import { findSingleTokenWords, randomWords } from './single-token-words.ts';
import { loadTokenizerFile, type TokenizerFile } from './tokenizer-file.ts';

/** A recipe of prompts of an exact length. */
export type LengthRecipe = Exclude<PromptRecipe, { kind: 'fixed' }>;

export interface RecipeInput {
  /** true: token ids or an error; false: text; null: whatever the engine takes. */
  readonly tokenizePrompt: boolean | null;
  readonly tokenizerPath: string | null;
  readonly engine: Engine;
  readonly seed: number;
  readonly tell: Tell;
}

/** Enough different first words for every request of a run, and few enough to be found with few calls. */
const wantedWords = 256;
const maximumTokenizeCalls = 150;
/** Each of these is a real request of one generated token. */
const maximumUsageProbes = 40;

/**
 * Chooses the first that works: token ids, the server's /tokenize, the tokenizer file, text calibrated by usage probes.
 * Throws E_CONNECTION_TEST when the engine doesn't answer or no exact length is possible, E_MODEL_FILE for a bad tokenizer file.
 */
export async function choosePromptRecipe(input: RecipeInput): Promise<LengthRecipe> {
  const file = input.tokenizerPath === null ? null : await loadTokenizerFile(input.tokenizerPath);
  const search: Search = {
    ...input,
    file,
    probe: PromptProbe.of(input.engine),
    random: seededRandom(`${input.seed}:recipe`),
    findings: [],
  };
  const recipe = (await idsRecipe(search)) ?? (await countedTextRecipe(search)) ?? (await calibratedRecipe(search));
  if (recipe === null) throw noRecipe(search);
  const added = recipe.addedTokens === 0 ? '' : `; the engine adds ${recipe.addedTokens} to each prompt by itself`;
  const findings = search.findings.map((finding) => `${finding}; `).join('');
  input.tell.note(`prompts: ${findings}${describe(recipe)}${added}`);
  return recipe;
}

interface Search extends RecipeInput {
  readonly file: TokenizerFile | null;
  /** null: the engine has no probe. */
  readonly probe: PromptProbe | null;
  readonly random: Random;
  /** Why the methods before did not do. */
  readonly findings: string[];
}

type TextMethod = 'server-tokenize' | 'tokenizer-file';

async function idsRecipe(search: Search): Promise<LengthRecipe | null> {
  if (search.tokenizePrompt === false) return null;
  const vocabulary = await chooseVocabulary(search);
  const recipe = { kind: 'ids', method: 'token-ids', vocabulary } as const;
  // An engine in this process takes ids as they are, and has nothing to ask.
  if (search.probe === null) return { ...recipe, addedTokens: 0 };
  const added = await search.probe.addedTokens((length) => ({
    kind: 'ids',
    ids: Uint32Array.from({ length }, () => vocabulary.ids[search.random.nextBelow(vocabulary.ids.length)] ?? 0),
  }));
  const addedTokens = accepted(search, added, 'token ids');
  if (addedTokens !== null) return { ...recipe, addedTokens };
  if (search.tokenizePrompt === true) {
    throw new TokometerError('E_CONNECTION_TEST', search.findings.join('; '), {
      hint: 'leave out --tokenize-prompt to send text of the same length, or use a /v1/completions that takes token ids',
    });
  }
  return null;
}

async function chooseVocabulary({ file, engine }: Search): Promise<Vocabulary> {
  if (file !== null) return file.vocabulary();
  const vocabulary = await engine.vocabulary?.();
  if (vocabulary !== undefined && vocabulary.ids.length > 0) return vocabulary;
  // Above the special and byte tokens of every common vocabulary, and below the end of the smallest.
  const first = 1000;
  const last = 9999;
  return {
    ids: Uint32Array.from({ length: last - first + 1 }, (_, place) => first + place),
    source: `ids ${formatCount(first)} to ${formatCount(last)}`,
  };
}

/** Text whose tokens are counted without requests: by the server's /tokenize, else by the tokenizer file. */
async function countedTextRecipe(search: Search): Promise<LengthRecipe | null> {
  const { engine, file } = search;
  if (engine.tokenize !== undefined) {
    const count = async (text: string): Promise<number | null> => (await engine.tokenize?.(text))?.length ?? null;
    const recipe = await wordsRecipe(search, { count, method: 'server-tokenize', source: "the server's /tokenize" });
    if (recipe !== null) return recipe;
  }
  if (file === null) return null;
  const count = (text: string): Promise<number> => Promise.resolve(file.count(text));
  return wordsRecipe(search, { count, method: 'tokenizer-file', source: `the tokenizer file ${file.path}` });
}

async function wordsRecipe(
  search: Search,
  counter: { count(text: string): Promise<number | null>; method: TextMethod; source: string },
): Promise<LengthRecipe | null> {
  const { method, source } = counter;
  let answers = 0;
  const found = await findSingleTokenWords({
    count: async (text) => {
      const tokens = await counter.count(text);
      if (tokens !== null) answers++;
      return tokens;
    },
    random: search.random,
    wanted: wantedWords,
    maximumCalls: maximumTokenizeCalls,
  });
  if (found === null) {
    search.findings.push(`${source} ${answers === 0 ? "doesn't answer" : 'knows no words of one token each'}`);
    return null;
  }
  const { words } = found;
  const recipe = { kind: 'words', method, words, source: wordSource(words, source) } as const;
  if (search.probe === null) return { ...recipe, addedTokens: found.addedTokens };
  const added = await search.probe.addedTokens((length) => ({
    kind: 'text',
    text: randomWords(words, length, search.random).join(''),
  }));
  if (added.kind === 'not-counted') {
    warnUnproved(search);
    return { ...recipe, addedTokens: found.addedTokens };
  }
  const addedTokens = accepted(search, added, `text counted by ${source}`);
  return addedTokens === null ? null : { ...recipe, addedTokens };
}

async function calibratedRecipe(search: Search): Promise<LengthRecipe | null> {
  const { probe } = search;
  if (probe === null) return null;
  const found = await findSingleTokenWords({
    count: (text) => probe.countText(text),
    random: search.random,
    wanted: wantedWords,
    maximumCalls: maximumUsageProbes,
  });
  if (found === null) {
    search.findings.push(probe.lastRefusal ?? 'usage gave no words of one token each');
    return null;
  }
  const { words, addedTokens } = found;
  return {
    kind: 'words',
    method: 'calibrated-text',
    words,
    source: wordSource(words, 'usage of short requests'),
    addedTokens,
  };
}

/** The constant of the engine; null when these prompts don't do, which is then among the findings. */
function accepted(search: Search, added: AddedTokens, what: string): number | null {
  if (added.kind === 'constant') return added.tokens;
  if (added.kind === 'not-counted') {
    warnUnproved(search);
    return 0;
  }
  const reason =
    added.kind === 'refused' ? `refused (${added.message})` : `${added.sent} sent, ${added.counted} counted`;
  search.findings.push(`${what}: ${reason}`);
  return null;
}

function warnUnproved({ tell }: Search): void {
  tell.warning('the server reports no usage: prompt lengths are as sent, and nothing proves them');
}

function wordSource(words: readonly string[], source: string): string {
  return `${words.length} words of one token each by ${source}`;
}

function describe(recipe: LengthRecipe): string {
  if (recipe.kind === 'words') return `text of ${recipe.source}`;
  return `token ids, drawn from ${recipe.vocabulary.source} (${formatCount(recipe.vocabulary.ids.length)} ids)`;
}

function noRecipe(search: Search): TokometerError {
  const reasons = search.findings.length === 0 ? 'the engine can count no text' : search.findings.join('; ');
  return new TokometerError('E_CONNECTION_TEST', `prompts of an exact length can't be made: ${reasons}`, {
    hint:
      search.file === null
        ? "give the model's tokenizer with --tokenizer-path, or use a server that takes token ids or reports usage"
        : 'check that --tokenizer-path is the tokenizer of the served model',
  });
}
