import type { ModelShape } from './model-shape.ts';
import { parameterCount } from './model-shapes.ts';

/** How a published checkpoint stores its weights. */
export type WeightFormat = 'BF16' | 'GPTQ-Int4' | 'GPTQ-Int8' | 'AWQ';

export const weightFormats: readonly WeightFormat[] = ['BF16', 'GPTQ-Int4', 'GPTQ-Int8', 'AWQ'];

// A group of 128 weights shares a 16-bit scale and a zero point of the weights' own width.
const groupSize = 128;
const bitsOf: Readonly<Record<WeightFormat, number>> = { BF16: 16, 'GPTQ-Int4': 4, 'GPTQ-Int8': 8, AWQ: 4 };

/**
 * Bytes of a model's weights. Quantised checkpoints of Qwen keep embeddings, output projection, norms and biases in 16
 * bits and pack the matrices of attention and feed-forward in groups of 128.
 */
export function weightBytes(shape: ModelShape, format: WeightFormat): number {
  const parameters = parameterCount(shape);
  if (format === 'BF16') return parameters * 2;
  const packed = matrixParameters(shape, shape.experts?.count ?? 0);
  const bits = bitsOf[format];
  return (parameters - packed) * 2 + (packed * bits) / 8 + (packed / groupSize) * (2 + bits / 8);
}

/**
 * Elements of the matrices of all layers, so many experts counted. Embeddings, output projection, norms, biases and the
 * routers of experts are not among them.
 */
export function matrixParameters(shape: ModelShape, expertsCounted: number): number {
  const queryWidth = shape.attentionHeads * shape.headDimension;
  const keyValueWidth = shape.keyValueHeads * shape.headDimension;
  const attention = shape.hiddenSize * (queryWidth * 2 + keyValueWidth * 2);
  const feedForward =
    shape.experts === null
      ? 3 * shape.hiddenSize * shape.intermediateSize
      : expertsCounted * 3 * shape.hiddenSize * shape.experts.intermediateSize;
  return shape.layers * (attention + feedForward);
}
