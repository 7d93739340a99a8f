import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeDummyModel } from '../../../../src/engine/llama/dummy-model.ts';
import { readModelFolder } from '../../../../src/engine/managed/model-folder.ts';
import { tinyGgufShape } from '../../../engines/managed-setup.ts';

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokometer-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const qwen = { num_attention_heads: 28, num_key_value_heads: 4, hidden_size: 3584, num_hidden_layers: 28 };
const config = JSON.stringify({ ...qwen, vocab_size: 152_064, max_position_embeddings: 32_768 });

test('a folder with weights and tokenizer', async () => {
  const files = {
    'config.json': config,
    'tokenizer.json': '{}',
    'model-1.safetensors': 'abc',
    'model-2.safetensors': 'de',
  };
  expect(await readModelFolder(folderWith(files))).toEqual({
    hasTokenizer: true,
    vocabularySize: 152_064,
    attentionHeads: 28,
    contextLength: 32_768,
    // 2 x 28 layers x 4 heads x 128 x 2 bytes: the 56 KiB a token of Qwen2.5-7B.
    cacheBytesPerToken: 57_344,
    weightBytes: 5,
    configWeightBytes: null,
    shape: null,
    gguf: null,
  });
});

test('a configuration alone has no tokenizer and no weights', async () => {
  expect(await readModelFolder(folderWith({ 'config.json': config }))).toMatchObject({
    hasTokenizer: false,
    weightBytes: null,
  });
});

test('a model of several parts keeps its numbers one level down', async () => {
  const nested = JSON.stringify({ text_config: { ...qwen, vocab_size: 9 } });
  expect(await readModelFolder(folderWith({ 'config.json': nested }))).toMatchObject({
    vocabularySize: 9,
    attentionHeads: 28,
    cacheBytesPerToken: 57_344,
  });
});

test('what is no folder, or no JSON, is unknown', async () => {
  const unknown = { vocabularySize: null, attentionHeads: null, contextLength: null, cacheBytesPerToken: null };
  expect(await readModelFolder(null)).toMatchObject({ ...unknown, hasTokenizer: null });
  expect(await readModelFolder(folderWith({ 'config.json': '{' }))).toMatchObject({ ...unknown, hasTokenizer: false });
  expect(await readModelFolder('/nonexistent')).toMatchObject({ ...unknown, hasTokenizer: null });
});

test('safetensors are loaded where both kinds of files are', async () => {
  const files = { 'config.json': config, 'model.safetensors': 'abc', 'pytorch_model.bin': 'abcdef' };
  expect(await readModelFolder(folderWith(files))).toMatchObject({ weightBytes: 3 });
});

test('a GGUF file says how long its texts may be and how many tokens it knows', async () => {
  const { path, bytes } = await writeDummyModel({
    shape: tinyGgufShape,
    quantization: 'Q4_0',
    seed: 1,
    directory: folderWith({}),
  });
  expect(await readModelFolder(path)).toMatchObject({
    contextLength: 256,
    vocabularySize: 512,
    weightBytes: bytes,
    hasTokenizer: null,
    gguf: { name: 'Tiny (random weights)', architecture: 'qwen2' },
  });
});
