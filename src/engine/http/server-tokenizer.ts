import type { Vocabulary } from '../../contract/engine.ts';
import type { ServerCalls } from './server-calls.ts';
import { fieldOf } from './server-words.ts';
import { plainTexts } from './plain-texts.ts';

const tokenizeTimeoutMs = 60_000;
// Fewer ids than this would make prompts that repeat themselves.
const enoughIds = 200;
// In most vocabularies the very first ids are special ones.
const firstPlainId = 10;
const blindFirst = 1000;
const blindLast = 9999;

/** A server's own `/tokenize`, where it has one. */
export class ServerTokenizer {
  readonly #calls: ServerCalls;
  readonly #url: URL;
  readonly #model: string;
  #absent = false;

  constructor(calls: ServerCalls, url: URL, model: string) {
    this.#calls = calls;
    this.#url = url;
    this.#model = model;
  }

  /** Ids of a text, without special tokens; null when the server can't tell. */
  async tokenize(text: string): Promise<Uint32Array | null> {
    if (this.#absent) return null;
    // vLLM and SGLang read `prompt` and `add_special_tokens`, llama-server `content` and `add_special`.
    const answer = await this.#calls.post(
      this.#url,
      { model: this.#model, prompt: text, content: text, add_special_tokens: false, add_special: false },
      tokenizeTimeoutMs,
    );
    if (answer.status === 404 || answer.status === 405 || answer.status === 501) this.#absent = true;
    return idsOf(fieldOf(answer.json, 'tokens'));
  }

  /** Ids that random prompts may use: those of plain text; blind ones only where the server tells none. */
  async vocabulary(): Promise<Vocabulary> {
    const found = new Set<number>();
    for (const text of plainTexts) {
      // oxlint-disable-next-line no-await-in-loop -- a busy server is asked one thing at a time
      const ids = await this.tokenize(text);
      if (ids === null) break;
      // More ids than characters: this vocabulary cuts such characters into bytes. A model that is fed with pieces of
      // characters answers in pieces, and there are servers that fail on them.
      if (ids.length > Array.from(text).length) continue;
      for (const id of ids) if (id >= firstPlainId) found.add(id);
    }
    if (found.size >= enoughIds) {
      return {
        ids: Uint32Array.from(found).toSorted(),
        source: `${found.size} ids of plain text by the server's /tokenize`,
      };
    }
    const ids = Uint32Array.from({ length: blindLast - blindFirst + 1 }, (_, index) => blindFirst + index);
    const reason = found.size === 0 ? 'has no usable /tokenize' : `gave only ${found.size} ids of plain text`;
    return { ids, source: `ids ${blindFirst} to ${blindLast}, unseen: the server ${reason}` };
  }
}

function idsOf(tokens: unknown): Uint32Array | null {
  if (!Array.isArray(tokens)) return null;
  const ids: number[] = [];
  for (const token of tokens) {
    const id: unknown = typeof token === 'object' ? fieldOf(token, 'id') : token;
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) return null;
    ids.push(id);
  }
  return Uint32Array.from(ids);
}
