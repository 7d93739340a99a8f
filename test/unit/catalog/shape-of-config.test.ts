import { describe, expect, test } from 'vitest';
import { modelConfig } from '../../../src/catalog/model-config.ts';
import { findModelShape, listModelShapes } from '../../../src/catalog/model-shapes.ts';
import { findYarn, shapeOfConfig } from '../../../src/catalog/shape-of-config.ts';

test.each(listModelShapes().map((shape) => [shape.name, shape] as const))(
  'the configuration of %s gives its shape back',
  (name, shape) => expect(shapeOfConfig(modelConfig(shape), name)).toEqual(shape),
);

test('newer files keep the base of the rotation with the other positions', () => {
  const shape = findModelShape('Qwen2.5-0.5B-Instruct');
  if (shape === null) throw new Error('it is in the catalogue');
  const { rope_theta: base, ...config } = modelConfig(shape);
  expect(shapeOfConfig({ ...config, rope_parameters: { rope_theta: base } }, 'm')).toMatchObject({ ropeTheta: 1e6 });
});

test.each([[null], ['text'], [{ model_type: 'llama' }], [{ model_type: 'qwen2', hidden_size: 64 }]])(
  '%j has no shape',
  (config) => expect(shapeOfConfig(config, 'm')).toBeNull(),
);

describe('the published YaRN override', () => {
  const shape = findModelShape('Qwen2.5-7B-Instruct');
  const published = { factor: 4, baseLength: 32_768 };

  test('is known by the sizes, whatever the model is called', () => {
    expect(findYarn(shape, 'my-model', 32_768)).toEqual(published);
  });
  test('is known by the name, where a quantised checkpoint has padded sizes', () => {
    expect(findYarn(null, 'Qwen/Qwen2.5-72B-Instruct-AWQ', 32_768)).toEqual(published);
  });
  test('is none for the same sizes with another reach', () => {
    expect(findYarn(shape, 'Qwen2.5-Math-7B', 4096)).toBeNull();
    expect(findYarn(shape, 'Qwen2.5-7B-Instruct-1M', 1_010_000)).toBeNull();
  });
  test('is none for a model that is not known', () => expect(findYarn(null, 'my-model', 32_768)).toBeNull());
});
