import { expect, test } from 'vitest';

import { planScript } from '../../../src/plan/plan-script.ts';

test('the documented Transformers command', () => {
  const { plan } = planScript('transformers', {
    flags: {
      'model-id-or-path': 'Qwen/Qwen2.5-0.5B-Instruct',
      'context-length': ['1'],
      gpus: '0',
      'outputs-dir': 'outputs/transformers',
    },
  });
  expect(plan.engine).toMatchObject({ api: 'local', gpus: '0', hub: 'huggingface', loadFormat: 'auto' });
  expect(plan.cells).toMatchObject([{ id: 'p1-g2048', promptTokens: 1, outputTokens: 2048, parallel: 1 }]);
  expect(plan.output.directory).toBe('outputs/transformers');
  expect(plan.traffic).toMatchObject({ repetitions: 3, requests: null, warmups: 1, untilSteady: false });
});

test('the documented vLLM command with ModelScope', () => {
  const { plan } = planScript('vllm', {
    flags: {
      'model-id-or-path': 'Qwen/Qwen2.5-0.5B-Instruct',
      'context-length': ['1'],
      'max-model-len': '32768',
      gpus: '0',
      'use-modelscope': true,
      'gpu-memory-utilization': '0.9',
      'enforce-eager': true,
    },
  });
  expect(plan.engine).toMatchObject({
    api: 'local_vllm',
    hub: 'modelscope',
    maxModelLength: 32_768,
    gpuMemoryUtilization: 0.9,
    enforceEager: true,
  });
  expect(plan.output.directory).toBe('outputs/vllm');
});

test.each([
  ['transformers', {}, /2 problems:[^]*--model_id_or_path[^]*--context_length/],
  [
    'vllm',
    { 'model-id-or-path': 'q', 'context-length': ['1'], 'gpu-memory-utilization': '1.5' },
    /at most 1, got "1.5"/,
  ],
  [
    'transformers',
    { 'model-id-or-path': 'q', 'context-length': ['1'], 'enforce-eager': true },
    /--enforce-eager is not known/,
  ],
] as const)('%s with %j is refused', (script, flags, reason) => {
  expect(() => planScript(script, { flags })).toThrow(reason);
});
