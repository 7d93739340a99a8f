import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, systemCodeOf, TokometerError } from '../base/errors.ts';
import type { Vocabulary } from '../contract/engine.ts';

/** A tokenizer read from disk; texts are counted without special tokens. */
export interface TokenizerFile {
  readonly path: string;
  count(text: string): number;
  encode(text: string): Uint32Array;
  /** The model's own vocabulary, ascending, without added or special ids. */
  vocabulary(): Vocabulary;
}

const hint = '--tokenizer-path takes a tokenizer.json of Hugging Face, or a folder that holds one';

/**
 * Reads a tokenizer.json, or the one in a folder, with the tokenizer_config.json beside it when there is one.
 * Throws E_MODEL_FILE when the file is missing or is no tokenizer.
 */
export async function loadTokenizerFile(path: string): Promise<TokenizerFile> {
  const file = await findTokenizerFile(path);
  const tokenizer = await readJsonObject(file);
  const configFile = join(dirname(file), 'tokenizer_config.json');
  const config = (await isFile(configFile)) ? await readJsonObject(configFile) : {};
  const ids = vocabularyIds(tokenizer, file);
  const { Tokenizer } = await import('@huggingface/tokenizers');
  // Building the encoder takes seconds for a large vocabulary, and token-id prompts never need it.
  let encoder: Encoder | null = null;
  const encode = (text: string): number[] => {
    try {
      const ready: Encoder = encoder ?? new Tokenizer({ ...parts, ...tokenizer }, config);
      encoder = ready;
      return ready.encode(text, { add_special_tokens: false }).ids;
    } catch (error) {
      throw new TokometerError('E_MODEL_FILE', `${file} can't be used as a tokenizer: ${messageOf(error)}`, {
        hint,
        cause: error,
      });
    }
  };
  return {
    path: file,
    count: (text) => (text === '' ? 0 : encode(text).length),
    encode: (text) => (text === '' ? new Uint32Array() : Uint32Array.from(encode(text))),
    vocabulary: () => ({ ids, source: `the vocabulary of ${file}` }),
  };
}

/** What is used of the dependency, whose own type files don't resolve in an ESM project. */
interface Encoder {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
}

/** Parts that a file may leave out and the encoder wants to see. */
const parts = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };

type JsonObject = Record<string, unknown>;

async function findTokenizerFile(path: string): Promise<string> {
  if (await isFile(path)) return path;
  const inside = join(path, 'tokenizer.json');
  if (await isFile(inside)) return inside;
  throw new TokometerError('E_MODEL_FILE', `no tokenizer.json at ${path}`, { hint });
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new TokometerError('E_MODEL_FILE', `${path} can't be read: ${messageOf(error)}`, { hint, cause: error });
  }
}

async function readJsonObject(file: string): Promise<JsonObject> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new TokometerError('E_MODEL_FILE', `${file} can't be read as JSON: ${messageOf(error)}`, {
      hint,
      cause: error,
    });
  }
  if (!isObject(parsed)) throw new TokometerError('E_MODEL_FILE', `${file} holds no JSON object`, { hint });
  return parsed;
}

/** Ids of `model.vocab`: a map of token to id (BPE, WordPiece), or a list of pairs whose place is the id (Unigram). */
function vocabularyIds(tokenizer: JsonObject, file: string): Uint32Array {
  const model = tokenizer['model'];
  const vocabulary = isObject(model) ? model['vocab'] : undefined;
  if (!isObject(model) || typeof vocabulary !== 'object' || vocabulary === null) {
    throw new TokometerError('E_MODEL_FILE', `${file} holds no model vocabulary`, { hint });
  }
  const closed = closedIds(tokenizer, model);
  const listed: unknown[] = Array.isArray(vocabulary) ? [...vocabulary.keys()] : Object.values(vocabulary);
  const ids = listed.filter((id): id is number => isTokenId(id) && !closed.has(id));
  if (ids.length === 0) {
    throw new TokometerError('E_MODEL_FILE', `${file} holds no token that a prompt may use`, { hint });
  }
  return Uint32Array.from(ids).toSorted();
}

function closedIds(tokenizer: JsonObject, model: JsonObject): Set<unknown> {
  const closed = new Set<unknown>([model['unk_id']]);
  const vocabulary = model['vocab'];
  const unknownToken = model['unk_token'];
  if (isObject(vocabulary) && typeof unknownToken === 'string') closed.add(vocabulary[unknownToken]);
  const added = tokenizer['added_tokens'];
  if (Array.isArray(added)) for (const token of added) if (isObject(token)) closed.add(token['id']);
  return closed;
}

function isTokenId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
