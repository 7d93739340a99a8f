import { describe, expect, it } from 'vitest';
import {
  activeParameterCount,
  findModelShape,
  kvBytesPerToken,
  listModelShapes,
  parameterCount,
} from '../../../src/catalog/model-shapes.ts';

// Published figures: parameters, active parameters, KV bytes a token with 16-bit values.
const published: readonly (readonly [string, number, number | null, number])[] = [
  ['Qwen/Qwen2.5-0.5B-Instruct', 494_032_768, null, 12_288],
  ['Qwen/Qwen2.5-1.5B-Instruct', 1_543_714_304, null, 28_672],
  ['Qwen/Qwen2.5-3B-Instruct', 3_085_938_688, null, 36_864],
  ['Qwen/Qwen2.5-7B-Instruct', 7_615_616_512, null, 57_344],
  ['Qwen/Qwen2.5-14B-Instruct', 14_770_033_664, null, 196_608],
  ['Qwen/Qwen2.5-32B-Instruct', 32_763_876_352, null, 262_144],
  ['Qwen/Qwen2.5-72B-Instruct', 72_706_203_648, null, 327_680],
  ['Qwen/Qwen3-0.6B', 596_049_920, null, 114_688],
  ['Qwen/Qwen3-1.7B', 1_720_574_976, null, 114_688],
  ['Qwen/Qwen3-4B', 4_022_468_096, null, 147_456],
  ['Qwen/Qwen3-8B', 8_190_735_360, null, 147_456],
  ['Qwen/Qwen3-14B', 14_768_307_200, null, 163_840],
  ['Qwen/Qwen3-32B', 32_762_123_264, null, 262_144],
  ['Qwen/Qwen3-30B-A3B', 30_532_122_624, 3_352_821_760, 98_304],
  ['Qwen/Qwen3-235B-A22B', 235_093_634_560, 22_189_965_312, 192_512],
];

describe('model shapes', () => {
  it.each(published)(
    '%s: sizes computed from the shape are the published ones',
    (name, parameters, active, kvBytes) => {
      const shape = findModelShape(name);
      if (shape === null) throw new Error(`${name} is not in the catalogue`);
      expect(parameterCount(shape)).toBe(parameters);
      // The published active figure leaves out the norms, some thousandths of a percent.
      expect(activeParameterCount(shape) / (active ?? parameters)).toBeCloseTo(1, 3);
      expect(kvBytesPerToken(shape)).toBe(kvBytes);
    },
  );

  it('holds each published model once', () => {
    expect(listModelShapes().map((shape) => shape.name)).toEqual(published.map(([name]) => name));
  });

  it.each([
    ['qwen/qwen2.5-7b-instruct', 'Qwen/Qwen2.5-7B-Instruct'],
    ['Qwen2.5-7B-Instruct', 'Qwen/Qwen2.5-7B-Instruct'],
    ['Qwen2.5-7B-Instruct-GPTQ-Int4', 'Qwen/Qwen2.5-7B-Instruct'],
    ['Qwen/Qwen2.5-7B-Instruct-gptq-int8', 'Qwen/Qwen2.5-7B-Instruct'],
    ['Qwen/Qwen3-8B-AWQ', 'Qwen/Qwen3-8B'],
    [' Qwen3-0.6B ', 'Qwen/Qwen3-0.6B'],
  ])('finds %s', (written, name) => {
    expect(findModelShape(written)?.name).toBe(name);
  });

  it.each(['', 'Qwen2.5-7B', 'other/Qwen3-8B', 'Qwen3-8B-FP8', 'AWQ'])('does not guess for %j', (written) => {
    expect(findModelShape(written)).toBeNull();
  });
});
