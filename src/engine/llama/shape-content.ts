import type { ModelShape } from '../../catalog/model-shape.ts';
import { withoutOrganisation } from '../../catalog/model-shapes.ts';
import { byteVocabulary } from './byte-vocabulary.ts';
import type { GgufContent, GgufTensor, GgufValue } from './gguf-writer.ts';

export type DummyQuantization = 'Q4_0' | 'Q8_0';

/** Metadata key that marks a file as ours; its value is the version of what we write. */
export const dummyMark = 'tokometer.dummy_version';
/** Raised when the same shape and seed would give other bytes. */
export const dummyVersion = 1;

const fileTypeNumber = { Q4_0: 2, Q8_0: 7 } as const;

/** Metadata and tensors of a GGUF file of this shape. Every matrix is in the given quantisation, norms and biases F32. */
export function shapeContent(shape: ModelShape, quantization: DummyQuantization): GgufContent {
  return { metadata: metadataOf(shape, quantization), tensors: tensorsOf(shape, quantization) };
}

function metadataOf(shape: ModelShape, quantization: DummyQuantization): ReadonlyMap<string, GgufValue> {
  const { tokens, types, merges } = byteVocabulary({
    size: shape.vocabularySize,
    bosTokenId: shape.bosTokenId,
    eosTokenId: shape.eosTokenId,
  });
  const metadata = new Map<string, GgufValue>();
  const integer = (key: string, value: number): void => void metadata.set(key, { type: 'uint32', value });
  const real = (key: string, value: number): void => void metadata.set(key, { type: 'float32', value });
  const text = (key: string, value: string): void => void metadata.set(key, { type: 'string', value });

  text('general.architecture', shape.family);
  text('general.name', `${withoutOrganisation(shape.name)} (random weights)`);
  integer('general.file_type', fileTypeNumber[quantization]);
  integer('general.quantization_version', 2);
  integer(dummyMark, dummyVersion);

  const ours = (key: string): string => `${shape.family}.${key}`;
  integer(ours('block_count'), shape.layers);
  integer(ours('context_length'), shape.contextLength);
  integer(ours('embedding_length'), shape.hiddenSize);
  integer(ours('feed_forward_length'), shape.intermediateSize);
  integer(ours('attention.head_count'), shape.attentionHeads);
  integer(ours('attention.head_count_kv'), shape.keyValueHeads);
  integer(ours('attention.key_length'), shape.headDimension);
  integer(ours('attention.value_length'), shape.headDimension);
  real(ours('attention.layer_norm_rms_epsilon'), shape.normEpsilon);
  real(ours('rope.freq_base'), shape.ropeTheta);
  if (shape.experts !== null) {
    integer(ours('expert_count'), shape.experts.count);
    integer(ours('expert_used_count'), shape.experts.perToken);
    integer(ours('expert_feed_forward_length'), shape.experts.intermediateSize);
  }

  text('tokenizer.ggml.model', 'gpt2');
  text('tokenizer.ggml.pre', 'qwen2');
  metadata.set('tokenizer.ggml.tokens', { type: 'strings', value: tokens });
  metadata.set('tokenizer.ggml.token_type', { type: 'int32s', value: types });
  metadata.set('tokenizer.ggml.merges', { type: 'strings', value: merges });
  integer('tokenizer.ggml.bos_token_id', shape.bosTokenId);
  integer('tokenizer.ggml.eos_token_id', shape.eosTokenId);
  integer('tokenizer.ggml.padding_token_id', shape.bosTokenId);
  metadata.set('tokenizer.ggml.add_bos_token', { type: 'bool', value: false });
  return metadata;
}

function tensorsOf(shape: ModelShape, quantization: DummyQuantization): readonly GgufTensor[] {
  const matrix = (name: string, ...dimensions: readonly number[]): GgufTensor => ({
    name,
    dimensions,
    type: quantization,
  });
  const { hiddenSize, vocabularySize, intermediateSize, experts } = shape;
  const queryWidth = shape.attentionHeads * shape.headDimension;
  const keyValueWidth = shape.keyValueHeads * shape.headDimension;

  const tensors = [matrix('token_embd.weight', hiddenSize, vocabularySize), plain('output_norm.weight', hiddenSize)];
  if (!shape.tiedEmbeddings) tensors.push(matrix('output.weight', hiddenSize, vocabularySize));
  for (let layer = 0; layer < shape.layers; layer++) {
    const at = (name: string): string => `blk.${layer}.${name}`;
    tensors.push(
      plain(at('attn_norm.weight'), hiddenSize),
      matrix(at('attn_q.weight'), hiddenSize, queryWidth),
      matrix(at('attn_k.weight'), hiddenSize, keyValueWidth),
      matrix(at('attn_v.weight'), hiddenSize, keyValueWidth),
      matrix(at('attn_output.weight'), queryWidth, hiddenSize),
      plain(at('ffn_norm.weight'), hiddenSize),
    );
    if (shape.attentionBias) {
      tensors.push(
        plain(at('attn_q.bias'), queryWidth),
        plain(at('attn_k.bias'), keyValueWidth),
        plain(at('attn_v.bias'), keyValueWidth),
      );
    }
    if (shape.queryKeyNorm) {
      tensors.push(
        plain(at('attn_q_norm.weight'), shape.headDimension),
        plain(at('attn_k_norm.weight'), shape.headDimension),
      );
    }
    if (experts === null) {
      tensors.push(
        matrix(at('ffn_gate.weight'), hiddenSize, intermediateSize),
        matrix(at('ffn_up.weight'), hiddenSize, intermediateSize),
        matrix(at('ffn_down.weight'), intermediateSize, hiddenSize),
      );
    } else {
      tensors.push(
        plain(at('ffn_gate_inp.weight'), hiddenSize, experts.count),
        matrix(at('ffn_gate_exps.weight'), hiddenSize, experts.intermediateSize, experts.count),
        matrix(at('ffn_up_exps.weight'), hiddenSize, experts.intermediateSize, experts.count),
        matrix(at('ffn_down_exps.weight'), experts.intermediateSize, hiddenSize, experts.count),
      );
    }
  }
  return tensors;
}

function plain(name: string, ...dimensions: readonly number[]): GgufTensor {
  return { name, dimensions, type: 'F32' };
}
