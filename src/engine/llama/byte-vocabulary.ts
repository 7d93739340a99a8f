import { tokenType } from './gguf-format.ts';

/** A byte-level BPE vocabulary as a GGUF file holds it. */
export interface ByteVocabulary {
  readonly tokens: readonly string[];
  readonly types: Int32Array;
  /** `left right`, in the order in which they apply. */
  readonly merges: readonly string[];
}

export interface ByteVocabularyInput {
  readonly size: number;
  readonly bosTokenId: number;
  readonly eosTokenId: number;
}

const mergeLimit = 700;

// Common English words: enough to learn merges from, so that ordinary text is not all single bytes.
const sampleText = `the of and to in is that for it as was with be by on not he his but at are this have from or had
an they which one you were all her she there would their we him been has when who will no more if out so up said what
its about than into them can only other time new some could these two may first then do any like my now over such our
man me even most made after also did many off before must well back through years much where your way down should
because long each just state people those too mr how little good world make very year still see work life get here
between both own under never day same another know while last might us great old high place hold number water word
part sound think thing line right mean turn move right boy same tell set three want air play small end put home read
hand port large spell add land here big follow act why ask change went light kind need house picture try again animal
point mother near build self earth father model speed token language measure machine result answer question number
second minute memory text read write start stop fast slow large small system order form point program problem reason
information government university company service national general development international different important
something nothing everything together without against during through however following experience understanding
walking talking running working making taking coming going looking being having doing seeing saying telling asking
needed wanted worked called looked asked turned moved lived believed started opened learned played helped showed`;

/**
 * Builds a vocabulary of exactly `size` tokens: the 256 bytes first, then the merges of an English sample, then words that
 * no text reaches but any prompt of ids may use. Two ids are control tokens (begin and end of text).
 * The same input gives the same vocabulary.
 */
export function byteVocabulary({ size, bosTokenId, eosTokenId }: ByteVocabularyInput): ByteVocabulary {
  const controls = new Map([
    [bosTokenId, '<|endoftext|>'],
    [eosTokenId, '<|im_end|>'],
  ]);
  const bytes = byteCharacters();
  if (size < bytes.length + controls.size + 1) {
    throw new RangeError(
      `a byte-level vocabulary needs at least ${bytes.length + controls.size + 1} tokens, not ${size}`,
    );
  }
  const merges = learnMerges(Math.min(mergeLimit, size - bytes.length - controls.size));
  const learned = [...bytes, ...new Set(merges.map((merge) => merge.replace(' ', '')))];
  const known = new Set(learned);
  const tokens: string[] = [];
  const types = new Int32Array(size).fill(tokenType.normal);
  let nextLearned = 0;
  let nextFiller = 0;
  for (let id = 0; id < size; id++) {
    const control = controls.get(id);
    if (control !== undefined) types[id] = tokenType.control;
    const token = control ?? learned[nextLearned++] ?? nextUnknown();
    tokens.push(token);
  }
  return { tokens, types, merges };

  function nextUnknown(): string {
    for (;;) {
      const filler = `Ġx${(nextFiller++).toString(36).padStart(4, '0')}`;
      if (!known.has(filler)) return filler;
    }
  }
}

/** The 256 bytes as the printable characters that byte-level BPE (GPT-2) writes them with, in byte order. */
export function byteCharacters(): readonly string[] {
  let shifted = 0;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : 256 + shifted++));
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

/** Byte pair encoding of the sample, earlier words counting more: the most frequent neighbours merge first. */
function learnMerges(limit: number): readonly string[] {
  const words = [...new Set(sampleText.split(/\s+/))].map((word, rank) => ({
    parts: ['Ġ', ...word.split('')],
    weight: 1 + Math.floor(400 / (rank + 1)),
  }));
  const merges: string[] = [];
  while (merges.length < limit) {
    const counts = new Map<string, number>();
    for (const { parts, weight } of words) {
      for (let index = 1; index < parts.length; index++) {
        const pair = `${parts[index - 1]} ${parts[index]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + weight);
      }
    }
    let best: string | null = null;
    for (const [pair, count] of counts) if (best === null || count > (counts.get(best) ?? 0)) best = pair;
    if (best === null) break;
    merges.push(best);
    const merged = best.replace(' ', '');
    for (const word of words) word.parts = mergePair(word.parts, best, merged);
  }
  return merges;
}

function mergePair(parts: readonly string[], pair: string, merged: string): string[] {
  const result: string[] = [];
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? '';
    if (`${part} ${parts[index + 1]}` === pair) {
      result.push(merged);
      index++;
    } else {
      result.push(part);
    }
  }
  return result;
}
