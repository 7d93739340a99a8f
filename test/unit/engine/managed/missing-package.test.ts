import { expect, test } from 'vitest';
import { explainDeath } from '../../../../src/engine/managed/explain-death.ts';
import { missingPackageFailures } from '../../../../src/engine/managed/missing-package.ts';
import { vllmServer } from '../../../../src/engine/managed/vllm.ts';

const failures = [...missingPackageFailures('/env/bin/python'), ...vllmServer.failures];

// Messages of vLLM 0.6 to 0.32 and of the Transformers below it.
test.each([
  [
    'ImportError: Please install bitsandbytes>=0.46.1 via `pip install bitsandbytes>=0.46.1` to use bitsandbytes quantizer.',
    '"bitsandbytes>=0.46.1"',
  ],
  [
    'ImportError: The package `amd-quark` is required to use MX-FP4 models. Please install it with `pip install amd-quark`.',
    'amd-quark',
  ],
  ['ImportError: Using `bitsandbytes` 4-bit quantization requires: `pip install -U bitsandbytes`', 'bitsandbytes'],
  ["ModuleNotFoundError: No module named 'auto_gptq'", 'auto-gptq'],
  ["ModuleNotFoundError: No module named 'compressed_tensors.quantization'", 'compressed-tensors'],
  ['ImportError: Loading a GPTQ quantized model requires gptqmodel, which is not installed', 'gptqmodel'],
  ['ImportError: Loading an AWQ quantized model requires auto-awq library', 'autoawq'],
])('%s', (line, requirement) => {
  expect(explainDeath(['(EngineCore pid=7) ERROR 11-21 10:00:00 [core.py:9] ' + line], failures)).toMatchObject({
    code: 'E_MISSING_PACKAGE',
    quote: line,
    hint: `Install it: /env/bin/python -m pip install ${requirement}`,
  });
});

test('a part of the engine itself is no package', () => {
  const words = explainDeath(["ModuleNotFoundError: No module named 'vllm._C'"], failures);
  expect(words).toMatchObject({ code: 'E_MISSING_PACKAGE', hint: expect.stringContaining('not whole') });
});

test('a warning that speaks of another package is not the cause', () => {
  const lines = [
    'WARNING 11-21 10:00:00 [x.py:9] For better speed: `pip install flashinfer-python`',
    'ValueError: max_model_len (640) is greater than the derived max_model_len (max_position_embeddings=256)',
  ];
  expect(explainDeath(lines, failures).quote).toContain('max_model_len');
});

test('a quantisation that the installed version does not know is named', () => {
  const line = "Value error, Unknown quantization method: bitsandbytes. Must be one of ['awq', 'fp8']";
  expect(explainDeath([line], failures)).toMatchObject({
    code: 'E_ENGINE_START',
    hint: expect.stringContaining('--model'),
  });
});
