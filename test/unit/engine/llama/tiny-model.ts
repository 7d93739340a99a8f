import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelShape } from '../../../../src/catalog/model-shape.ts';
import type { Tell } from '../../../../src/contract/engine.ts';
import { messageOf } from '../../../../src/base/errors.ts';
import { loadLlamaBinding } from '../../../../src/engine/llama/llama-binding.ts';
import { writeDummyModel, type DummyModel } from '../../../../src/engine/llama/dummy-model.ts';

/** A shape that is written, loaded and run in a blink, with everything that a Qwen2.5 has. */
export const tinyShape: ModelShape = {
  name: 'Test/Tiny-Qwen2',
  family: 'qwen2',
  layers: 2,
  hiddenSize: 128,
  attentionHeads: 2,
  keyValueHeads: 1,
  headDimension: 64,
  intermediateSize: 256,
  experts: null,
  vocabularySize: 2048,
  tiedEmbeddings: true,
  attentionBias: true,
  queryKeyNorm: false,
  contextLength: 1024,
  ropeTheta: 1_000_000,
  normEpsilon: 1e-6,
  bosTokenId: 2001,
  eosTokenId: 2002,
};

/** Runs with an empty folder that is gone afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tokometer-llama-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function writeTinyModel(directory: string, shape: ModelShape = tinyShape): Promise<DummyModel> {
  return writeDummyModel({ shape, quantization: 'Q8_0', seed: 1, directory });
}

/** Collects what an engine tells people. */
export function listeningTell(): Tell & { readonly notes: string[]; readonly debugs: string[] } {
  const notes: string[] = [];
  const debugs: string[] = [];
  return {
    notes,
    debugs,
    note: (text) => void notes.push(text),
    warning: (text) => void notes.push(text),
    debug: (text) => void debugs.push(text),
  };
}

/** Why llama.cpp can't be tested here, said once; null when it can. */
export async function reasonToSkip(): Promise<string | null> {
  try {
    await loadLlamaBinding(listeningTell());
    return null;
  } catch (error) {
    process.stderr.write(`llama.cpp tests are skipped: ${messageOf(error)}\n`);
    return messageOf(error);
  }
}
