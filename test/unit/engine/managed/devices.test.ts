import { describe, expect, test } from 'vitest';
import { tensorParallelSize } from '../../../../src/engine/managed/devices.ts';

const gib = 2 ** 30;
const folder = {
  hasTokenizer: true,
  vocabularySize: 151_936,
  attentionHeads: 28,
  contextLength: 32_768,
  cacheBytesPerToken: 57_344,
  weightBytes: 15 * gib,
  configWeightBytes: null,
  shape: null,
  gguf: null,
};
const devices = (count: number, memoryGib: number): { name: string; memoryBytes: number }[] =>
  Array.from({ length: count }, () => ({ name: 'GPU', memoryBytes: memoryGib * gib }));
const base = { gpus: null, devices: devices(4, 80), folder, maxLength: 8192, memoryShare: 0.9 };

describe('over how many devices a model is split', () => {
  test('one that holds it is enough', () => expect(tensorParallelSize(base)).toBe(1));
  test('as few as hold it', () => expect(tensorParallelSize({ ...base, devices: devices(4, 12) })).toBe(2));
  test('never as many as do not divide the heads', () =>
    expect(tensorParallelSize({ ...base, devices: devices(3, 4) })).toBe(2));
  test('dummy weights count as config.json describes them', () => {
    const dummy = { ...folder, weightBytes: null, configWeightBytes: 15 * gib };
    expect(tensorParallelSize({ ...base, folder: dummy, devices: devices(4, 12) })).toBe(2);
  });
  test('without devices: one', () => expect(tensorParallelSize({ ...base, devices: [] })).toBe(1));
  test('as many as are named', () => expect(tensorParallelSize({ ...base, gpus: '0,3' })).toBe(2));
  test('named ones that do not divide the heads are refused', () => {
    expect(() => tensorParallelSize({ ...base, gpus: '0,1,2' })).toThrow(
      /--gpus 0,1,2 names 3 devices.*28 attention heads/,
    );
  });
});
