/**
 * The reference engine's tokenizer: one token a whitespace-separated word, and one token a character of Han, Kana or
 * Hangul, alone or inside a word. Texts of ids are made so that they count the same when they are tokenized again.
 */

/** Ids below this count as known; the size of the Qwen2.5 vocabulary. */
export const vocabularySize = 151_936;

const firstId = 1000;
const lastId = 9999;
// Ids from here on are Han characters, so that streams hold text of several bytes a character.
const firstHanId = 9000;
const firstHanCode = 0x4e00;

const tokenPattern =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+/gu;

/** The ids of a text: what `textOfToken` makes comes back as it was, anything else by hash between 1000 and 8999. */
export function tokenizeText(text: string): number[] {
  return Array.from(text.matchAll(tokenPattern), (match) => idOfWord(match[0]));
}

/** The text of one id: ` t1234` with its leading space, and a Han character for 9000 to 9999. */
export function textOfToken(id: number): string {
  const isHan = id >= firstHanId && id <= lastId;
  return isHan ? String.fromCodePoint(firstHanCode + id - firstHanId) : ` t${id}`;
}

export function detokenize(ids: readonly number[]): string {
  return ids.map(textOfToken).join('');
}

/** The id that the engine "generates" at a position: fixed by request and position, all between 1000 and 9999. */
export function generatedToken(requestIndex: number, position: number): number {
  return firstId + ((requestIndex * 7919 + position * 127) % (lastId - firstId + 1));
}

/** The ids that random prompts may use: 1000 to 9999. */
export function promptVocabulary(): Uint32Array {
  return Uint32Array.from({ length: lastId - firstId + 1 }, (_, place) => firstId + place);
}

function idOfWord(word: string): number {
  const named = /^t(\d{1,6})$/.exec(word);
  if (named !== null && Number(named[1]) < vocabularySize) return Number(named[1]);
  const hanId = (word.codePointAt(0) ?? 0) - firstHanCode + firstHanId;
  if (hanId >= firstHanId && hanId <= lastId) return hanId;
  // FNV-1a, 32 bits.
  let hash = 0x811c9dc5;
  for (let place = 0; place < word.length; place++) hash = Math.imul(hash ^ word.charCodeAt(place), 0x01000193);
  return firstId + ((hash >>> 0) % (firstHanId - firstId));
}
