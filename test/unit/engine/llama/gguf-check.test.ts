import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { normalIds, readGgufFacts } from '../../../../src/engine/llama/gguf-check.ts';
import { layOutGguf, writeGguf, type GgufContent } from '../../../../src/engine/llama/gguf-writer.ts';
import { tinyShape, withFolder, writeTinyModel } from './tiny-model.ts';

function refused(message: RegExp, hint: RegExp): object {
  return { code: 'E_MODEL_FILE', message: expect.stringMatching(message), hint: expect.stringMatching(hint) };
}

async function writeContent(path: string, content: GgufContent): Promise<void> {
  await writeGguf(path, layOutGguf(content), (_, bytes, write) => write(new Uint8Array(bytes)));
}

const tensor = { name: 'output.weight', dimensions: [32, 2], type: 'Q8_0' as const };

describe('GGUF check', () => {
  it('reads what a run needs to know', () =>
    withFolder(async (folder) => {
      const { path, bytes } = await writeTinyModel(folder);
      const facts = await readGgufFacts(path);
      expect(facts).toMatchObject({
        fileBytes: bytes,
        architecture: 'qwen2',
        name: 'Tiny-Qwen2 (random weights)',
        contextLength: 1024,
        quantization: 'Q8_0',
        vocabularySize: 2048,
        dummyVersion: 1,
        splitCount: 1,
      });
      const ids = normalIds(facts);
      expect(ids).toHaveLength(2046);
      expect(ids.includes(tinyShape.bosTokenId) || ids.includes(tinyShape.eosTokenId)).toBe(false);
      expect(ids[0]).toBe(0);
    }));

  it('leaves out ids that the file names as special, types or not', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'untyped.gguf');
      const metadata: GgufContent['metadata'] = new Map([
        ['general.architecture', { type: 'string', value: 'llama' }],
        ['tokenizer.ggml.tokens', { type: 'strings', value: ['a', 'b', 'c', 'd'] }],
        ['tokenizer.ggml.unknown_token_id', { type: 'uint32', value: 2 }],
      ]);
      await writeContent(path, { metadata, tensors: [tensor] });
      const facts = await readGgufFacts(path);
      expect([...normalIds(facts)]).toEqual([0, 1, 3]);
      expect(facts).toMatchObject({ dummyVersion: null, quantization: null, contextLength: null });
    }));

  it('reads a header that is longer than its first read', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'long.gguf');
      const tokens = Array.from({ length: 200_000 }, (_, id) => `token number ${id}`);
      await writeContent(path, {
        metadata: new Map([['tokenizer.ggml.tokens', { type: 'strings', value: tokens }]]),
        tensors: [tensor],
      });
      const facts = await readGgufFacts(path);
      expect(facts.vocabularySize).toBe(200_000);
      expect(facts.headerBytes).toBeGreaterThan(2 ** 22);
    }));

  it('refuses a file cut anywhere: in the head, in the vocabulary, in the tensor table, one byte before its end', () =>
    withFolder(async (folder) => {
      const { path, bytes } = await writeTinyModel(folder);
      const { headerBytes } = await readGgufFacts(path);
      for (const size of [bytes - 1, headerBytes, headerBytes - 200, 5000, 20, 6]) {
        await truncate(path, size);
        await expect(readGgufFacts(path), `${size} bytes`).rejects.toMatchObject(
          refused(/cut short or damaged: it holds .* of at least/, /get the file again/),
        );
      }
      for (const size of [3, 0]) {
        await truncate(path, size);
        await expect(readGgufFacts(path)).rejects.toMatchObject(refused(/is no GGUF file/, /get the file again/));
      }
    }));

  it('refuses what is no GGUF file', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'model.gguf');
      await writeFile(path, '<!doctype html><p>404</p>');
      await expect(readGgufFacts(path)).rejects.toMatchObject(
        refused(/does not begin with "GGUF"/, /get the file again/),
      );
      const good = await readFile((await writeTinyModel(folder)).path);
      good.writeUInt32LE(7, 4);
      await writeFile(path, good);
      await expect(readGgufFacts(path)).rejects.toMatchObject(refused(/its version is 7/, /get the file again/));
      good.writeUInt32LE(3, 4);
      good.writeBigUInt64LE(2n ** 60n, 24);
      await writeFile(path, good);
      await expect(readGgufFacts(path)).rejects.toMatchObject(
        refused(/a length in it is impossible/, /get the file again/),
      );
    }));

  it('refuses a damaged header with its own error, never with another exception', () =>
    withFolder(async (folder) => {
      const original = await readFile((await writeTinyModel(folder)).path);
      const path = join(folder, 'damaged.gguf');
      for (let turn = 0; turn < 60; turn++) {
        const damaged = Buffer.from(original.subarray(0, 60_000));
        for (let hit = 0; hit < 4; hit++)
          damaged[4 + ((turn * 7919 + hit * 104_729) % 900)] = (turn * 31 + hit * 97) & 0xff;
        await writeFile(path, damaged);
        await expect(readGgufFacts(path)).rejects.toMatchObject({ code: 'E_MODEL_FILE' });
      }
    }));

  it('refuses a missing file and a folder, and names the files inside', () =>
    withFolder(async (folder) => {
      await expect(readGgufFacts(join(folder, 'none.gguf'))).rejects.toMatchObject(
        refused(/there is no model file/, /--model/),
      );
      const inner = join(folder, 'inner');
      await mkdir(inner);
      await expect(readGgufFacts(inner)).rejects.toMatchObject(refused(/is a folder/, /convert the model/));
      await writeFile(join(inner, 'a.gguf'), '');
      await expect(readGgufFacts(inner)).rejects.toMatchObject(refused(/is a folder/, /--model .*a\.gguf/));
    }));

  it('checks every part of a split model', () =>
    withFolder(async (folder) => {
      const metadata: GgufContent['metadata'] = new Map([['split.count', { type: 'uint32', value: 2 }]]);
      const first = join(folder, 'model-00001-of-00002.gguf');
      const second = join(folder, 'model-00002-of-00002.gguf');
      await writeContent(first, { metadata, tensors: [tensor] });
      await expect(readGgufFacts(first)).rejects.toMatchObject(refused(/no model file .*model-00002-of-00002/, /./));
      await writeContent(second, { metadata, tensors: [tensor] });
      expect((await readGgufFacts(first)).splitCount).toBe(2);
    }));
});
