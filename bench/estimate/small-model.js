// A GGUF file with random weights: small enough for many runs, large enough that a token takes milliseconds and the context shows.
import { writeDummyModel } from '../../dist/engine/llama/dummy-model.js';

const shape = {
  name: 'Small-Qwen2',
  family: 'qwen2',
  layers: 8,
  hiddenSize: 512,
  attentionHeads: 8,
  keyValueHeads: 2,
  headDimension: 64,
  intermediateSize: 2048,
  experts: null,
  vocabularySize: 16_384,
  tiedEmbeddings: true,
  attentionBias: true,
  queryKeyNorm: false,
  contextLength: 8192,
  ropeTheta: 1_000_000,
  normEpsilon: 1e-6,
  bosTokenId: 16_001,
  eosTokenId: 16_002,
};

/** Writes it into the folder; returns its path. */
export async function writeSmallModel(directory) {
  const { path } = await writeDummyModel({ shape, quantization: 'Q4_0', seed: 1, directory });
  return path;
}
