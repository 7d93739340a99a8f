import { describe, expect, test } from 'vitest';
import { packedQuantization } from '../../../src/catalog/quantization.ts';

const groups = (weights: Readonly<Record<string, unknown>>): unknown => ({
  quantization_config: { quant_method: 'compressed-tensors', config_groups: { group_0: { weights } } },
});

describe('weights that are packed integers', () => {
  test.each([
    ['Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4', 'GPTQ-Int4'],
    ['qwen2.5-72b-instruct-gptq-int8', 'gptq-int8'],
    ['Qwen2.5-3B-Instruct-AWQ', 'AWQ'],
  ])('by the name %s', (name, packed) => expect(packedQuantization(name, null)).toBe(packed));

  test.each([
    [{ quantization_config: { quant_method: 'gptq', bits: 4 } }, 'gptq'],
    [{ quantization_config: { quant_method: 'BitsAndBytes' } }, 'bitsandbytes'],
    [{ quantization_config: { load_in_8bit: true } }, 'bitsandbytes'],
    [{ quantization_config: { quant_method: 'mxfp4' } }, 'mxfp4'],
    [{ quantization_config: { quant_method: 'modelopt', quant_algo: 'NVFP4' } }, 'modelopt'],
    [groups({ type: 'int', num_bits: 8 }), 'compressed-tensors'],
    [groups({ type: 'float', num_bits: 4 }), 'compressed-tensors'],
  ])('by the configuration %j', (config, packed) => expect(packedQuantization('m', config)).toBe(packed));
});

describe('weights that are numbers', () => {
  test.each([
    [{}],
    [{ quantization_config: null }],
    [{ quantization_config: { quant_method: 'fp8', weight_block_size: [128, 128] } }],
    [{ quantization_config: { quant_method: 'modelopt', quant_algo: 'FP8' } }],
    [groups({ type: 'float', num_bits: 8 })],
  ])('%j', (config) => expect(packedQuantization('m', config)).toBeNull());

  test('a configuration counts more than a name', () => {
    expect(packedQuantization('my-AWQ', {})).toBeNull();
    expect(packedQuantization('Qwen2.5-7B-Instruct', null)).toBeNull();
  });
});
