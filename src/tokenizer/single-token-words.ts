import type { Random } from '../base/random.ts';
import { wordFamilies } from './candidate-words.ts';

/** Words of exactly one token each, wherever they stand; a text of n of them costs n + `addedTokens`. */
export interface SingleTokenWords {
  readonly words: string[];
  /** Constant of every text: BOS, a chat template, the leading space of SentencePiece. */
  readonly addedTokens: number;
}

export interface WordSearch {
  /** Tokens of a text, as the engine would count it; null when it can't. Each call may be a real request. */
  count(text: string): Promise<number | null>;
  random: Random;
  /** Enough words; fewer are taken when there are no more. */
  wanted: number;
  maximumCalls: number;
}

/** Lengths at which random texts must cost what they should; the single word stands alone, first and last. */
const verifiedLengths = [1, 16, 64, 300];
/** With fewer words than this, the next family is tried as well. */
const fewWords = 64;
/** A group of this size at two tokens a word is not worth the calls of halving it. */
const poorSize = 8;

type Ask = (words: readonly string[]) => Promise<number | null>;

/**
 * Finds words that each cost one token, from counts of whole texts alone. Words are counted in groups, because in a
 * tokenizer that splits at spaces tokens add up: a group costs its words plus a constant, or it is halved. What was found
 * is verified with random texts before it is returned. Returns null when nothing was verified within `maximumCalls`.
 */
export async function findSingleTokenWords(search: WordSearch): Promise<SingleTokenWords | null> {
  let calls = 0;
  const left = (): number => search.maximumCalls - calls;
  const ask: Ask = async (words) => {
    if (left() <= 0) return null;
    calls++;
    const tokens = await search.count(words.join(''));
    // Who can't count one text can count none.
    if (tokens === null) calls = search.maximumCalls;
    return tokens;
  };
  let best: SingleTokenWords | null = null;
  for (const family of wordFamilies) {
    const candidates = shuffled(family.words, search.random);
    const spare = (): boolean => left() > verifiedLengths.length;
    const found = await searchFamily(candidates, { ask, spare, wanted: search.wanted });
    if (found === null || found.words.length <= (best?.words.length ?? 1)) continue;
    if (!(await isAdditive(found, ask, search.random))) continue;
    best = found;
    if (best.words.length >= Math.min(search.wanted, fewWords)) break;
  }
  return best;
}

interface Group {
  readonly words: readonly string[];
  /** Tokens of the words, the constant taken off. */
  readonly tokens: number;
}

async function searchFamily(
  words: readonly string[],
  { ask, spare, wanted }: { ask: Ask; spare: () => boolean; wanted: number },
): Promise<SingleTokenWords | null> {
  const once = await ask(words);
  const twice = once === null ? null : await ask([...words, ...words]);
  if (once === null || twice === null) return null;
  // Doubling the text doubles all but the constant, whatever each word costs.
  const addedTokens = 2 * once - twice;
  if (addedTokens < 0) return null;
  const accepted: string[] = [];
  const open: Group[] = [{ words, tokens: twice - once }];
  while (accepted.length < wanted) {
    const group = open.pop();
    if (group === undefined) break;
    const size = group.words.length;
    if (group.tokens === size) {
      accepted.push(...group.words);
      continue;
    }
    // Fewer tokens than words: some merge, and a count of the whole can't say which.
    if (group.tokens < size || size === 1 || !spare()) continue;
    if (size >= poorSize && group.tokens >= 2 * size) continue;
    const half = group.words.slice(0, size >> 1);
    const halfTotal = await ask(half);
    if (halfTotal === null) break;
    const halfTokens = halfTotal - addedTokens;
    open.push(
      { words: half, tokens: halfTokens },
      { words: group.words.slice(size >> 1), tokens: group.tokens - halfTokens },
    );
    // The group nearest to one token a word yields most for a call: it is taken from the end.
    open.sort((one, other) => other.tokens / other.words.length - one.tokens / one.words.length);
  }
  return { words: accepted.slice(0, wanted), addedTokens };
}

async function isAdditive(found: SingleTokenWords, ask: Ask, random: Random): Promise<boolean> {
  for (const length of verifiedLengths) {
    const text = randomWords(found.words, length, random);
    if ((await ask(text)) !== length + found.addedTokens) return false;
  }
  return true;
}

/** `length` words, drawn uniformly. */
export function randomWords(words: readonly string[], length: number, random: Random): string[] {
  return Array.from({ length }, () => words[random.nextBelow(words.length)] ?? '');
}

function shuffled(words: readonly string[], random: Random): string[] {
  return words
    .map((word) => ({ word, key: random.nextUint32() }))
    .toSorted((one, other) => one.key - other.key)
    .map(({ word }) => word);
}
