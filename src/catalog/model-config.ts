import type { ModelShape } from './model-shape.ts';

const architectures = {
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
  qwen3moe: 'Qwen3MoeForCausalLM',
} as const;

const modelTypes = { qwen2: 'qwen2', qwen3: 'qwen3', qwen3moe: 'qwen3_moe' } as const;

/** Published in the model cards of Qwen2.5 and Qwen3: YaRN with a factor of 4 on the 32,768 tokens of the training. */
export const publishedYarn = { factor: 4, baseLength: 32_768 } as const;

/**
 * The config.json of a shape, as Transformers, vLLM and SGLang read it; field names are those of the published files.
 * Where `maxLength` (prompt + generation, tokens) is beyond the shape's own reach, the published YaRN override is in it.
 */
export function modelConfig(shape: ModelShape, maxLength: number | null = null): Record<string, unknown> {
  return {
    architectures: [architectures[shape.family]],
    model_type: modelTypes[shape.family],
    num_hidden_layers: shape.layers,
    hidden_size: shape.hiddenSize,
    num_attention_heads: shape.attentionHeads,
    num_key_value_heads: shape.keyValueHeads,
    // Qwen2 takes it from the hidden size; the other families have it in their files.
    ...(shape.family === 'qwen2' ? {} : { head_dim: shape.headDimension, attention_bias: shape.attentionBias }),
    intermediate_size: shape.intermediateSize,
    ...expertFields(shape),
    vocab_size: shape.vocabularySize,
    tie_word_embeddings: shape.tiedEmbeddings,
    rope_theta: shape.ropeTheta,
    ...positionFields(shape, maxLength),
    rms_norm_eps: shape.normEpsilon,
    hidden_act: 'silu',
    attention_dropout: 0,
    initializer_range: 0.02,
    use_cache: true,
    use_sliding_window: false,
    sliding_window: null,
    bos_token_id: shape.bosTokenId,
    eos_token_id: shape.eosTokenId,
    torch_dtype: 'bfloat16',
  };
}

/** Whether a prompt + generation of this length needs the published YaRN override. */
export function needsYarn(shape: ModelShape, maxLength: number | null): boolean {
  return maxLength !== null && maxLength > shape.contextLength;
}

function positionFields(shape: ModelShape, maxLength: number | null): Record<string, unknown> {
  if (!needsYarn(shape, maxLength)) return { max_position_embeddings: shape.contextLength };
  const { factor, baseLength } = publishedYarn;
  const override = { factor, original_max_position_embeddings: baseLength };
  return {
    max_position_embeddings: factor * baseLength,
    // Older and newer readers name the kind differently.
    rope_scaling: { rope_type: 'yarn', type: 'yarn', ...override },
  };
}

function expertFields({ experts }: ModelShape): Record<string, unknown> {
  if (experts === null) return {};
  return {
    num_experts: experts.count,
    num_experts_per_tok: experts.perToken,
    moe_intermediate_size: experts.intermediateSize,
    decoder_sparse_step: 1,
    mlp_only_layers: [],
    norm_topk_prob: true,
    output_router_logits: false,
  };
}
