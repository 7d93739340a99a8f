import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ModelShape } from '../../catalog/model-shape.ts';
import { fieldOf } from '../../catalog/json-field.ts';
import { parameterCount } from '../../catalog/model-shapes.ts';
import { shapeOfConfig } from '../../catalog/shape-of-config.ts';
import { readGgufFacts } from '../llama/gguf-check.ts';

/** What a model's folder, or its GGUF file, says that a command line depends on; null where it does not say. */
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
  /** By the parameters and the data type of config.json; null: of a family that is not known. */
  readonly configWeightBytes: number | null;
  /** As config.json describes it; null: of a family that the catalogue does not have. */
  readonly shape: ModelShape | null;
  /** What a GGUF file calls the model and its architecture. */
  readonly gguf: { readonly name: string | null; readonly architecture: string | null } | null;
}

const unknownFolder: ModelFolder = {
  hasTokenizer: null,
  vocabularySize: null,
  attentionHeads: null,
  contextLength: null,
  cacheBytesPerToken: null,
  weightBytes: null,
  configWeightBytes: null,
  shape: null,
  gguf: null,
};

const tokenizerFiles = /^(?:tokenizer\.(?:json|model)|vocab\.json|tekken\.json|.*\.tiktoken)$/;
const weightFiles = /\.(?:bin|pt|pth)$/;

/** Reads `config.json` and the names of the files beside it, or the header of a GGUF file. Never fails: the server itself says what is wrong. */
export async function readModelFolder(path: string | null): Promise<ModelFolder> {
  if (path === null) return unknownFolder;
  const names = await readdir(path).catch(() => null);
  if (names === null) return readGgufFile(path);
  const config = await readConfig(join(path, 'config.json'));
  const heads = countIn(config, 'num_attention_heads');
  const shape = shapeOfConfig(config, basename(path));
  return {
    hasTokenizer: names.some((name) => tokenizerFiles.test(basename(name))),
    vocabularySize: countIn(config, 'vocab_size'),
    attentionHeads: heads,
    contextLength: countIn(config, 'max_position_embeddings'),
    cacheBytesPerToken: cacheBytes(config, heads),
    weightBytes: await bytesOf(weightsAmong(names).map((name) => join(path, name))),
    configWeightBytes: configWeightBytes(config, shape),
    shape,
    gguf: null,
  };
}

async function readGgufFile(path: string): Promise<ModelFolder> {
  const facts = await readGgufFacts(path).catch(() => null);
  if (facts === null) return unknownFolder;
  const { contextLength, vocabularySize, fileBytes, name, architecture } = facts;
  return { ...unknownFolder, contextLength, vocabularySize, weightBytes: fileBytes, gguf: { name, architecture } };
}

// Checkpoints that have both kinds of files are loaded from safetensors.
function weightsAmong(names: readonly string[]): readonly string[] {
  const safe = names.filter((name) => name.endsWith('.safetensors'));
  return safe.length > 0 ? safe : names.filter((name) => weightFiles.test(name));
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

function configWeightBytes(config: unknown, shape: ModelShape | null): number | null {
  if (shape === null || (fieldOf(config, 'quantization_config') ?? null) !== null) return null;
  const dtype = fieldOf(config, 'dtype') ?? fieldOf(config, 'torch_dtype');
  return parameterCount(shape) * (dtype === 'float32' ? 4 : 2);
}

async function bytesOf(paths: readonly string[]): Promise<number | null> {
  if (paths.length === 0) return null;
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
