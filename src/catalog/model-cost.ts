/** What a model's shape costs: bytes that a token reads, operations that a prompt takes. Pure arithmetic. */
import { normalQuantization } from './model-identity.ts';
import type { ModelShape } from './model-shape.ts';
import { activeParameterCount, kvBytesPerToken } from './model-shapes.ts';
import { matrixParameters } from './weight-bytes.ts';

/** How an element is stored, in bytes. Groups of 128 share a 16-bit scale and a zero point, blocks of 32 a 16-bit scale. */
interface ElementBytes {
  /** Of the matrices of attention and feed-forward. */
  readonly matrix: number;
  /** Of the output projection. */
  readonly head: number;
  /** Of norms, biases, routers. */
  readonly rest: number;
  readonly keyValue: number;
  /** Bits in which matrices are multiplied. */
  readonly computeBits: number;
}

const sixteenBits: ElementBytes = { matrix: 2, head: 2, rest: 2, keyValue: 2, computeBits: 16 };
const grouped = (bits: number): ElementBytes => ({ ...sixteenBits, matrix: bits / 8 + (2 + bits / 8) / 128 });
// All matrices of such a GGUF file, embeddings too; what is small stays in 32 bits.
const blocks = (bytes: number): ElementBytes => ({ ...sixteenBits, matrix: bytes / 32, head: bytes / 32, rest: 4 });

const elementBytes: Readonly<Record<string, ElementBytes>> = {
  bf16: sixteenBits,
  f16: sixteenBits,
  f32: { matrix: 4, head: 4, rest: 4, keyValue: 4, computeBits: 32 },
  // A block of 128 x 128 weights shares a 32-bit scale.
  fp8: { ...sixteenBits, matrix: 1 + 4 / 128 ** 2, computeBits: 8 },
  'gptq-int8': grouped(8),
  'gptq-int4': grouped(4),
  awq: grouped(4),
  'q8-0': blocks(34),
  'q4-0': blocks(18),
};

export interface ModelCost {
  /** Bytes of weights that the decoding of one token reads; of a mixture those of the experts that take part. */
  readonly weightBytes: number;
  /** Bytes of keys and values that are read for each token of context. */
  readonly keyValueBytes: number;
  readonly computeBits: number;
}

/** The cost of a shape stored in this format, in any spelling; null: the bytes of that format are not known. */
export function modelCost(shape: ModelShape, format: string): ModelCost | null {
  const bytes = elementBytes[normalQuantization(format)];
  if (bytes === undefined) return null;
  const head = shape.vocabularySize * shape.hiddenSize;
  // One row of the input embedding is read; a tied table is read as a whole, as the output projection.
  const read = activeParameterCount(shape) - (shape.tiedEmbeddings ? 0 : head);
  const matrices = matrixParameters(shape, shape.experts?.perToken ?? 0);
  return {
    weightBytes: matrices * bytes.matrix + head * bytes.head + (read - matrices - head) * bytes.rest,
    keyValueBytes: kvBytesPerToken(shape, bytes.keyValue),
    computeBits: bytes.computeBits,
  };
}

/**
 * Floating-point operations of a prefill: 2 a parameter of the layers and token, 2 an element of the output projection for the
 * last token alone, and 4 x layers x heads x dimension for each pair of tokens that attend to each other, which are
 * P (P + 1) / 2 in a causal model.
 */
export function prefillFlops(shape: ModelShape, promptTokens: number): number {
  const head = shape.vocabularySize * shape.hiddenSize;
  const layers = activeParameterCount(shape) - head * (shape.tiedEmbeddings ? 1 : 2);
  const pairs = (promptTokens * (promptTokens + 1)) / 2;
  const attention = 4 * shape.layers * shape.attentionHeads * shape.headDimension * pairs;
  return 2 * layers * promptTokens + 2 * head + attention;
}
