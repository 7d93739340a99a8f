import { expect, test } from 'vitest';

import { findAccelerator } from '../../../src/catalog/accelerators.ts';
import { modelCost, prefillFlops } from '../../../src/catalog/model-cost.ts';
import { modelIdentity, normalQuantization } from '../../../src/catalog/model-identity.ts';
import { findModelShape } from '../../../src/catalog/model-shapes.ts';

function shapeOf(name: string): NonNullable<ReturnType<typeof findModelShape>> {
  const shape = findModelShape(name);
  if (shape === null) throw new Error(name);
  return shape;
}

test('a token reads every weight but the input embedding, unless that is the output projection', () => {
  // Untied: 152,064 x 3,584 elements are only looked up.
  expect(modelCost(shapeOf('Qwen2.5-7B-Instruct'), 'bfloat16')).toEqual({
    weightBytes: 2 * (7_615_616_512 - 152_064 * 3584),
    keyValueBytes: 57_344,
    computeBits: 16,
  });
  expect(modelCost(shapeOf('Qwen2.5-0.5B-Instruct'), 'BF16')?.weightBytes).toBe(2 * 494_032_768);
  expect(modelCost(shapeOf('Qwen2.5-0.5B-Instruct'), 'float32')).toMatchObject({
    weightBytes: 4 * 494_032_768,
    keyValueBytes: 24_576,
  });
});

test('of a mixture it reads the experts that take part', () => {
  // Published active parameters without the input embedding, norms aside.
  const active = 2 * (3_352_821_760 - 151_936 * 2048);
  expect((modelCost(shapeOf('Qwen3-30B-A3B'), 'bf16')?.weightBytes ?? 0) / active).toBeCloseTo(1, 3);
});

test('packed weights are smaller by their bits, and what is not packed stays', () => {
  const shape = shapeOf('Qwen2.5-7B-Instruct');
  const head = 152_064 * 3584;
  const matrices = 28 * (3584 * (3584 * 2 + 512 * 2) + 3 * 3584 * 18_944);
  const rest = 7_615_616_512 - 2 * head - matrices;
  const awq = matrices * (0.5 + 2.5 / 128) + (head + rest) * 2;
  expect(modelCost(shape, 'AWQ-INT4')?.weightBytes).toBeCloseTo(awq, 0);
  expect(modelCost(shape, 'Q8_0')?.weightBytes).toBeCloseTo(((matrices + head) * 34) / 32 + rest * 4, 0);
  expect(modelCost(shape, 'Q4_K_M')).toBeNull();
});

test('a prefill takes two operations a parameter and token, attention beside', () => {
  const shape = shapeOf('Qwen2.5-7B-Instruct');
  const head = 152_064 * 3584;
  const layers = 7_615_616_512 - 2 * head;
  expect(prefillFlops(shape, 6144)).toBe(2 * layers * 6144 + 2 * head + 2 * 28 * 28 * 128 * 6144 * 6145);
});

test.each([
  ['NVIDIA H200', 4800],
  ['nvidia  h20', 4000],
  ['A100-SXM4-40GB', 1555],
  ['AMD Instinct MI300X', 5300],
])('the driver names %s', (name, bandwidth) => {
  expect(findAccelerator(name)?.bandwidthGBps).toBe(bandwidth);
});

test.each(['NVIDIA H200 NVL', 'NVIDIA A100-SXM4-80GB MIG 1g.10gb', 'NVIDIA A100', '', 'Intel Xeon'])(
  '%j is not taken for another device',
  (name) => expect(findAccelerator(name)).toBeNull(),
);

test.each([
  ['Qwen/Qwen3-8B-FP8', 'Qwen3-8B', 'FP8'],
  ['/m/qwen2.5-0.5b-instruct-q4_k_m.gguf', 'qwen2.5-0.5b-instruct', 'q4_k_m'],
  [String.raw`C:\models\Qwen3-8B`, 'Qwen3-8B', null],
  ['Qwen3-30B-A3B', 'Qwen3-30B-A3B', null],
])('%s is %s stored as %s', (written, name, quantization) => {
  expect(modelIdentity(written)).toEqual({ name, quantization });
});

test('quantisations have one spelling', () => {
  expect(['AWQ-INT4', 'GPTQ-INT4', 'half', 'Q4_0', 'bfloat16'].map(normalQuantization)).toEqual([
    'awq',
    'gptq-int4',
    'f16',
    'q4-0',
    'bf16',
  ]);
});
