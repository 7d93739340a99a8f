import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A small tokenizer of one of the common kinds, whose single-token words are known. */
export interface SmallTokenizer {
  /** `byte-level`: as GPT-2 and Qwen; `sentence-piece`: as Llama 2, with a space before each text. */
  readonly kind: 'byte-level' | 'sentence-piece';
  /** Each starts with a space. */
  readonly words: readonly string[];
}

const special = '<|end|>';

/** Writes tokenizer.json into a folder. Ids: bytes or letters from 0, then prefixes of words, then the special token. */
export async function writeSmallTokenizer(folder: string, { kind, words }: SmallTokenizer): Promise<void> {
  const space = kind === 'byte-level' ? 'Ġ' : '▁';
  const letters = Array.from({ length: 94 }, (_, place) => String.fromCharCode(33 + place));
  const vocabulary = new Map([space, ...letters].map((token, id) => [token, id]));
  const merges: [string, string][] = [];
  for (const word of words) {
    let prefix = space;
    for (const letter of word.slice(1)) {
      if (!vocabulary.has(prefix + letter)) {
        vocabulary.set(prefix + letter, vocabulary.size);
        merges.push([prefix, letter]);
      }
      prefix += letter;
    }
  }
  const json = {
    version: '1.0',
    added_tokens: [{ id: vocabulary.size, content: special, special: true, normalized: false }],
    normalizer:
      kind === 'byte-level'
        ? null
        : {
            type: 'Sequence',
            normalizers: [
              { type: 'Prepend', prepend: space },
              { type: 'Replace', pattern: { String: ' ' }, content: space },
            ],
          },
    pre_tokenizer:
      kind === 'byte-level'
        ? { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
        : null,
    post_processor: null,
    decoder: null,
    model: { type: 'BPE', unk_token: '!', vocab: Object.fromEntries(vocabulary), merges },
  };
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(json));
}
