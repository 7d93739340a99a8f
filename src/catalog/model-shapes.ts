/**
 * Shapes of published models, looked up by name.
 * In: a model name as people write it. Out: the numbers that fix its size and its speed.
 * Must not know: files, engines, or what is measured with a shape.
 */
import { modelShapes } from './data/model-shapes.ts';
import type { ModelShape } from './model-shape.ts';
import { quantizedSuffix } from './quantization.ts';

/** Finds a shape by name: any case, with or without the organisation, quantised variants included; null when unknown. */
export function findModelShape(name: string): ModelShape | null {
  const wanted = name.trim().toLowerCase().replace(quantizedSuffix, '');
  return (
    modelShapes.find((shape) =>
      [shape.name, withoutOrganisation(shape.name)].some((known) => known.toLowerCase() === wanted),
    ) ?? null
  );
}

/** Every shape of the catalogue, smallest of each family first. */
export function listModelShapes(): readonly ModelShape[] {
  return modelShapes;
}

/** The name without its organisation: `Qwen2.5-7B-Instruct`. */
export function withoutOrganisation(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Parameters of the model, tied embeddings counted once. */
export function parameterCount(shape: ModelShape): number {
  return parametersWith(shape, shape.experts?.count ?? 0);
}

/** Parameters that take part in one token: all of them in a dense model. */
export function activeParameterCount(shape: ModelShape): number {
  return parametersWith(shape, shape.experts?.perToken ?? 0);
}

/** Bytes of keys and values that one token leaves in the cache: 2 x layers x heads x dimension x bytes a value. */
export function kvBytesPerToken(shape: ModelShape, bytesPerValue = 2): number {
  return 2 * shape.layers * shape.keyValueHeads * shape.headDimension * bytesPerValue;
}

function parametersWith(shape: ModelShape, expertsCounted: number): number {
  const { hiddenSize } = shape;
  const queryWidth = shape.attentionHeads * shape.headDimension;
  const keyValueWidth = shape.keyValueHeads * shape.headDimension;
  const attention =
    hiddenSize * (queryWidth * 2 + keyValueWidth * 2) +
    (shape.attentionBias ? queryWidth + keyValueWidth * 2 : 0) +
    (shape.queryKeyNorm ? shape.headDimension * 2 : 0);
  const feedForward =
    shape.experts === null
      ? 3 * hiddenSize * shape.intermediateSize
      : hiddenSize * shape.experts.count + expertsCounted * 3 * hiddenSize * shape.experts.intermediateSize;
  const embeddings = shape.vocabularySize * hiddenSize * (shape.tiedEmbeddings ? 1 : 2);
  return embeddings + shape.layers * (attention + feedForward + 2 * hiddenSize) + hiddenSize;
}
