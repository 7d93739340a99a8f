import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findModelShape, parameterCount } from '../../../../src/catalog/model-shapes.ts';
import { dummyDirectory, writeDummyModel } from '../../../../src/engine/llama/dummy-model.ts';
import { layOutGguf } from '../../../../src/engine/llama/gguf-writer.ts';
import { shapeContent } from '../../../../src/engine/llama/shape-content.ts';
import { tinyShape, withFolder, writeTinyModel } from './tiny-model.ts';

async function digest(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

describe('dummy model', () => {
  it('gives the same bytes for the same seed, others for another', () =>
    withFolder(async (folder) => {
      const write = (seed: number, place: string): ReturnType<typeof writeDummyModel> =>
        writeDummyModel({ shape: tinyShape, quantization: 'Q4_0', seed, directory: join(folder, place) });
      const [one, same, other] = [await write(1, 'a'), await write(1, 'b'), await write(2, 'a')];
      expect(await digest(one.path)).toBe(await digest(same.path));
      expect(await digest(one.path)).not.toBe(await digest(other.path));
      expect(one.reused).toBe(false);
      expect((await stat(one.path)).size).toBe(one.bytes);
      expect(one.path).toMatch(/a[/\\]Tiny-Qwen2\.Q4_0\.v\d+\.seed1\.gguf$/);
    }));

  it('is used again when complete, written anew when cut short, and leaves no partial file', () =>
    withFolder(async (folder) => {
      const first = await writeTinyModel(folder);
      const before = await digest(first.path);
      expect((await writeTinyModel(folder)).reused).toBe(true);
      await truncate(first.path, first.bytes - 1);
      expect((await writeTinyModel(folder)).reused).toBe(false);
      await writeFile(first.path, Buffer.alloc(first.bytes));
      expect((await writeTinyModel(folder)).reused).toBe(false);
      expect(await digest(first.path)).toBe(before);
      expect(await readdir(folder)).toHaveLength(1);
    }));

  it('clears away what a killed run left an hour ago, not what another is writing now', () =>
    withFolder(async (folder) => {
      const old = join(folder, 'x.gguf.1.partial');
      const fresh = join(folder, 'y.gguf.2.partial');
      await writeFile(old, 'x');
      await writeFile(fresh, 'y');
      await utimes(old, new Date(0), new Date(0));
      await writeTinyModel(folder);
      const left = await readdir(folder);
      expect(left).not.toContain('x.gguf.1.partial');
      expect(left).toContain('y.gguf.2.partial');
    }));

  it('says so when the disk is too small, before it writes', () =>
    withFolder(async (folder) => {
      // Rows as wide as no model's: larger than any disk, while the layout stays small.
      const shape = { ...tinyShape, hiddenSize: 2 ** 26, intermediateSize: 2 ** 26, headDimension: 2 ** 24 };
      await expect(writeDummyModel({ shape, quantization: 'Q8_0', seed: 1, directory: folder })).rejects.toMatchObject({
        code: 'E_DISK_FULL',
        message: expect.stringMatching(/needs .* TiB in .*, which has /),
        hint: expect.stringContaining('XDG_CACHE_HOME'),
      });
      expect(await readdir(folder)).toEqual([]);
    }));

  it('says so when the folder can not be made', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'file');
      await writeFile(file, '');
      await chmod(file, 0o400);
      await expect(writeTinyModel(join(file, 'below'))).rejects.toMatchObject({ code: 'E_OUTPUT' });
    }));

  it('keeps its files in the cache folder of the user', () => {
    expect(dummyDirectory({ XDG_CACHE_HOME: '/elsewhere' })).toBe('/elsewhere/tokometer/dummy');
    expect(dummyDirectory({ XDG_CACHE_HOME: 'relative' })).toMatch(/[/\\]\.cache[/\\]tokometer[/\\]dummy$/);
    expect(dummyDirectory({})).toMatch(/[/\\]\.cache[/\\]tokometer[/\\]dummy$/);
  });

  it.each(['Qwen2.5-0.5B-Instruct', 'Qwen2.5-7B-Instruct', 'Qwen3-0.6B', 'Qwen3-30B-A3B'])(
    'lays out as many parameters as %s has',
    (name) => {
      const shape = findModelShape(name);
      if (shape === null) throw new Error(`${name} is not in the catalogue`);
      const { tensors } = shapeContent(shape, 'Q8_0');
      const elements = tensors.map(({ dimensions }) =>
        dimensions.reduce((product, dimension) => product * dimension, 1),
      );
      expect(elements.reduce((sum, count) => sum + count, 0)).toBe(parameterCount(shape));
    },
  );

  it('refuses rows that are no multiple of a block', () => {
    const content = { metadata: new Map(), tensors: [{ name: 'odd', dimensions: [33, 2], type: 'Q8_0' as const }] };
    expect(() => layOutGguf(content)).toThrow(/rows of odd hold 33 elements/);
  });
});
