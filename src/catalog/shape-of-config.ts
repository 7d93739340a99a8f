import { fieldOf, numberIn, textIn } from './json-field.ts';
import { publishedYarn } from './model-config.ts';
import type { ModelShape } from './model-shape.ts';
import { findModelShape, listModelShapes } from './model-shapes.ts';

/** Stretches a model beyond its own reach. Lengths are tokens. */
export interface Yarn {
  readonly factor: number;
  /** What the factor is applied to. */
  readonly baseLength: number;
}

const families: Readonly<Record<string, ModelShape['family']>> = {
  qwen2: 'qwen2',
  qwen3: 'qwen3',
  qwen3_moe: 'qwen3moe',
};

/** The shape that a config.json (parsed) describes; null: it is of another family, or lacks a size. */
export function shapeOfConfig(config: unknown, name: string): ModelShape | null {
  const family = families[textIn(config, 'model_type') ?? ''];
  const number = (field: string): number => numberIn(config, field) ?? Number.NaN;
  if (family === undefined) return null;
  const hiddenSize = number('hidden_size');
  const attentionHeads = number('num_attention_heads');
  const shape: ModelShape = {
    name,
    family,
    layers: number('num_hidden_layers'),
    hiddenSize,
    attentionHeads,
    keyValueHeads: numberIn(config, 'num_key_value_heads') ?? attentionHeads,
    headDimension: numberIn(config, 'head_dim') ?? hiddenSize / attentionHeads,
    intermediateSize: number('intermediate_size'),
    experts: family === 'qwen3moe' ? expertsOf(number) : null,
    vocabularySize: number('vocab_size'),
    tiedEmbeddings: fieldOf(config, 'tie_word_embeddings') === true,
    attentionBias: family === 'qwen2' || fieldOf(config, 'attention_bias') === true,
    queryKeyNorm: family !== 'qwen2',
    contextLength: number('max_position_embeddings'),
    ropeTheta: numberIn(config, 'rope_theta') ?? numberIn(fieldOf(config, 'rope_parameters'), 'rope_theta') ?? 10_000,
    normEpsilon: numberIn(config, 'rms_norm_eps') ?? 1e-6,
    bosTokenId: tokenIn(config, 'bos_token_id'),
    eosTokenId: tokenIn(config, 'eos_token_id'),
  };
  const sizes = [...Object.values(shape), ...Object.values(shape.experts ?? {})].filter(
    (one) => typeof one === 'number',
  );
  return sizes.every(Number.isFinite) ? shape : null;
}

/**
 * The YaRN override that was published for a model, known by the shape of its config.json or by its name; null: none is
 * known, or its configuration reaches another length than the published one, which is then its own.
 */
export function findYarn(shape: ModelShape | null, name: string, contextLength: number | null): Yarn | null {
  const published =
    listModelShapes().find((known) => shape !== null && sameSizes(known, shape)) ?? findModelShape(name) ?? null;
  return published !== null && published.contextLength === contextLength ? publishedYarn : null;
}

function sameSizes(one: ModelShape, other: ModelShape): boolean {
  const sizes = ['family', 'layers', 'hiddenSize', 'attentionHeads', 'keyValueHeads', 'intermediateSize'] as const;
  return sizes.every((size) => one[size] === other[size]);
}

function expertsOf(number: (field: string) => number): ModelShape['experts'] {
  return {
    count: number('num_experts'),
    perToken: number('num_experts_per_tok'),
    intermediateSize: number('moe_intermediate_size'),
  };
}

// Several ends are a list; the first is as good as any where texts mean nothing.
function tokenIn(config: unknown, name: string): number {
  const value = fieldOf(config, name);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'number' ? first : 0;
}
