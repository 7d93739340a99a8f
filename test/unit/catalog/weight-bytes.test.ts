import { expect, test } from 'vitest';

import { findModelShape } from '../../../src/catalog/model-shapes.ts';
import { weightBytes } from '../../../src/catalog/weight-bytes.ts';

// Sizes of the published files on the hubs, in GB of 10^9 bytes: the arithmetic must agree to 5 %.
test.each([
  ['Qwen2.5-7B-Instruct', 'BF16', 15.23],
  ['Qwen2.5-72B-Instruct', 'BF16', 145.4],
] as const)('%s in %s', (name, format, gigabytes) => {
  const shape = findModelShape(name);
  expect(shape).not.toBeNull();
  if (shape !== null) expect(weightBytes(shape, format) / 1e9 / gigabytes).toBeCloseTo(1, 1);
});

test('packed weights lie between their bits and those of 16', () => {
  const shape = findModelShape('Qwen2.5-7B-Instruct');
  if (shape === null) throw new Error('the catalogue lacks the shape');
  const full = weightBytes(shape, 'BF16');
  expect(weightBytes(shape, 'GPTQ-Int8')).toBeLessThan(full * 0.65);
  expect(weightBytes(shape, 'GPTQ-Int4')).toBeLessThan(full * 0.4);
  expect(weightBytes(shape, 'GPTQ-Int4')).toBeGreaterThan(full * 0.25);
  expect(weightBytes(shape, 'AWQ')).toBe(weightBytes(shape, 'GPTQ-Int4'));
});
