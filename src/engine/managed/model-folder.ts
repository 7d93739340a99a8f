import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** What a model's folder says that a command line depends on; null where it does not say. */
export interface ModelFolder {
  readonly hasTokenizer: boolean | null;
  readonly vocabularySize: number | null;
  readonly attentionHeads: number | null;
  /** Longest text that the model takes as it is configured. */
  readonly contextLength: number | null;
  /** 2 x layers x heads x dimension x 2 bytes. */
  readonly cacheBytesPerToken: number | null;
  /** Bytes of the files of weights; null: there are none. */
  readonly weightBytes: number | null;
}

const unknownFolder: ModelFolder = {
  hasTokenizer: null,
  vocabularySize: null,
  attentionHeads: null,
  contextLength: null,
  cacheBytesPerToken: null,
  weightBytes: null,
};

const tokenizerFiles = /^(?:tokenizer\.(?:json|model)|vocab\.json|tekken\.json|.*\.tiktoken)$/;
const weightFiles = /\.(?:safetensors|bin|pt|pth)$/;

/** Reads `config.json` and the names of the files beside it. Never fails: the server itself says what is wrong. */
export async function readModelFolder(path: string | null): Promise<ModelFolder> {
  if (path === null) return unknownFolder;
  const names = await readdir(path).catch(() => null);
  if (names === null) return unknownFolder;
  const config = await readConfig(join(path, 'config.json'));
  const heads = countIn(config, 'num_attention_heads');
  return {
    hasTokenizer: names.some((name) => tokenizerFiles.test(basename(name))),
    vocabularySize: countIn(config, 'vocab_size'),
    attentionHeads: heads,
    contextLength: countIn(config, 'max_position_embeddings'),
    cacheBytesPerToken: cacheBytes(config, heads),
    weightBytes: await bytesOf(names.filter((name) => weightFiles.test(name)).map((name) => join(path, name))),
  };
}

async function readConfig(path: string): Promise<unknown> {
  try {
    const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
    return parsed;
  } catch {
    return null;
  }
}

// Models of several parts keep the language model's numbers one level down.
function countIn(config: unknown, name: string): number | null {
  if (typeof config !== 'object' || config === null) return null;
  const value: unknown = Reflect.get(config, name);
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  const inner: unknown = Reflect.get(config, 'text_config');
  return typeof inner === 'object' && inner !== null ? countIn(inner, name) : null;
}

function cacheBytes(config: unknown, heads: number | null): number | null {
  const layers = countIn(config, 'num_hidden_layers');
  const hiddenSize = countIn(config, 'hidden_size');
  if (layers === null || heads === null || hiddenSize === null) return null;
  const keyValueHeads = countIn(config, 'num_key_value_heads') ?? heads;
  const headDimension = countIn(config, 'head_dim') ?? hiddenSize / heads;
  return 2 * layers * keyValueHeads * headDimension * 2;
}

async function bytesOf(paths: readonly string[]): Promise<number | null> {
  if (paths.length === 0) return null;
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
