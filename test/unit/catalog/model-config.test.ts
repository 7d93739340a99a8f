import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { modelConfig } from '../../../src/catalog/model-config.ts';
import { findModelShape, listModelShapes, parameterCount } from '../../../src/catalog/model-shapes.ts';
import { findRealPython } from '../engine/transformers/real-python.ts';

const python = await findRealPython();

test('a dense and an experts model, by the names of the published files', () => {
  const dense = findModelShape('Qwen2.5-7B-Instruct');
  const experts = findModelShape('Qwen3-30B-A3B');
  if (dense === null || experts === null) throw new Error('the catalogue lost a shape');
  expect(modelConfig(dense)).toMatchObject({ architectures: ['Qwen2ForCausalLM'], num_key_value_heads: 4 });
  expect(modelConfig(dense)).not.toHaveProperty('num_experts');
  expect(modelConfig(experts)).toMatchObject({ model_type: 'qwen3_moe', num_experts: 128, head_dim: 128 });
});

test('a length beyond the reach brings the published YaRN override', () => {
  const shape = findModelShape('Qwen2.5-7B-Instruct');
  if (shape === null) throw new Error('the catalogue lost a shape');
  expect(modelConfig(shape, 32_768)).toEqual(modelConfig(shape));
  expect(modelConfig(shape)).toMatchObject({ max_position_embeddings: 32_768 });
  expect(modelConfig(shape, 32_769)).toMatchObject({
    max_position_embeddings: 131_072,
    rope_scaling: { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 32_768 },
  });
});

// Builds each model without memory for its tensors, and counts them.
const script = `
import json, sys, torch
from transformers import AutoConfig, AutoModelForCausalLM
counts = []
for fields in json.load(sys.stdin):
    config = AutoConfig.for_model(fields.pop("model_type"), **fields)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    counts.append(sum(parameter.numel() for parameter in model.parameters()))
print(json.dumps(counts))
`;

test.skipIf('skip' in python)('Transformers builds every shape with as many parameters as the catalogue counts', () => {
  const path = 'path' in python ? python.path : '';
  const shapes = listModelShapes();
  const counted = execFileSync(path, ['-c', script], {
    input: JSON.stringify(shapes.map((shape) => modelConfig(shape, 131_072))),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  expect(JSON.parse(counted)).toEqual(shapes.map(parameterCount));
});
