import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TokometerError } from '../../../../src/base/errors.ts';
import type { TransformersPlan } from '../../../../src/contract/plan.ts';
import { startRunClock } from '../../../../src/base/clock.ts';
import { openTransformersEngine } from '../../../../src/engine/transformers/transformers-engine.ts';
import { findRealPython, openTiny, planWith, silentTell, withFolder, writeConfig } from './real-python.ts';

const python = await findRealPython();
const path = 'path' in python ? python.path : '';
const reason = 'skip' in python ? ` (${python.skip})` : '';

async function failureOf(opening: Promise<{ close(): Promise<void> }>): Promise<TokometerError> {
  try {
    await (await opening).close();
  } catch (error) {
    if (error instanceof TokometerError) return error;
    throw error;
  }
  throw new Error('the engine started');
}

interface Case {
  readonly what: string;
  readonly config?: Record<string, unknown>;
  readonly plan: Partial<TransformersPlan>;
  readonly code: string;
  readonly says: RegExp;
  readonly hint: RegExp;
}

const cases: Case[] = [
  {
    what: 'an attention that Transformers does not know',
    plan: { attention: 'magic' },
    code: 'E_PLAN',
    says: /--attn-implementation magic .* knows eager, .*sdpa/,
    hint: /sdpa/,
  },
  {
    what: 'an attention whose package is not there',
    plan: { attention: 'flash_attention_2' },
    code: 'E_MISSING_PACKAGE',
    says: /flash_attention_2 is in flash-attn/,
    hint: /python\S* .*install .*--upgrade flash-attn {3}\(or choose --attn-implementation sdpa\)/,
  },
  {
    what: 'a dtype that torch does not know',
    plan: { dtype: 'int3' },
    code: 'E_PLAN',
    says: /--dtype int3/,
    hint: /bfloat16/,
  },
  {
    what: 'a dtype that no kernel computes with',
    plan: { dtype: 'int8' },
    code: 'E_PLAN',
    says: /--dtype int8: 'int8' is none of auto, bfloat16/,
    hint: /float32/,
  },
  {
    what: 'a device map that names nothing',
    plan: { deviceMap: 'moon' },
    code: 'E_PLAN',
    says: /--device-map moon: 'moon' is no strategy/,
    hint: /auto, balanced/,
  },
  {
    what: 'a device map of JSON that is cut short',
    plan: { deviceMap: '{"model": ' },
    code: 'E_PLAN',
    says: /no JSON object/,
    hint: /MODULE/,
  },
  {
    what: 'a device that is not there',
    plan: { deviceMap: 'cuda:77' },
    code: 'E_PLAN',
    says: /torch sees \d+ CUDA devices/,
    hint: /cuda:N/,
  },
  {
    what: 'a model with code of its own',
    config: { model_type: 'own', auto_map: { AutoConfig: 'own.OwnConfig' } },
    plan: {},
    code: 'E_PLAN',
    says: /not run unasked/,
    hint: /--trust-remote-code/,
  },
  {
    what: 'a quantised checkpoint with random weights',
    config: { quantization_config: { quant_method: 'gptq', bits: 4, group_size: 128 } },
    plan: {},
    code: 'E_PLAN',
    says: /gptq 4 bit/,
    hint: /real weights/,
  },
  {
    what: 'a quantisation that this version does not know',
    config: { quantization_config: { quant_method: 'unheard-of' } },
    plan: { loadFormat: 'auto' },
    code: 'E_MODEL_FILE',
    says: /no quantization method 'unheard-of'; it has .*gptq/,
    hint: /--model/,
  },
  {
    what: 'a folder without weights',
    plan: { loadFormat: 'auto' },
    code: 'E_ENGINE_START',
    says: /safetensors|weights/,
    hint: /engine\.log/,
  },
  {
    what: 'a model type that this version does not know',
    config: { model_type: 'unheard-of' },
    plan: {},
    code: 'E_MODEL_FILE',
    says: /unheard-of/,
    hint: /--model/,
  },
  {
    what: 'a model larger than the machine',
    config: { vocab_size: 2_000_000_000, hidden_size: 65_536, num_attention_heads: 1024 },
    plan: { dtype: 'float32' },
    code: 'E_ENGINE_START',
    says: /memory is too small/,
    hint: /--gpus/,
  },
  {
    what: 'a start that takes too long',
    plan: { startTimeoutMs: 200 },
    code: 'E_ENGINE_START',
    says: /within 200 ms/,
    hint: /--start-timeout/,
  },
];

describe.skipIf(path === '')(`a start that fails says what helps${reason}`, () => {
  test.each(cases)('$what', async ({ config = {}, plan, code, says, hint }) => {
    await withFolder(async (folder) => {
      await writeConfig(folder, config);
      const error = await failureOf(openTiny(folder, planWith(path, plan)));
      expect(error.message).toMatch(says);
      expect(error.hint).toMatch(hint);
      expect(error.code).toBe(code);
    });
  });

  test('a folder without config.json', async () => {
    await withFolder(async (folder) => {
      const error = await failureOf(openTiny(folder, planWith(path)));
      expect(error.code).toBe('E_MODEL_FILE');
      expect(error.message).toContain(folder);
    });
  });

  test('an interpreter that ends by itself is told with its last lines', async () => {
    await withFolder(async (folder) => {
      await writeConfig(folder);
      // Answers the search as a Python that has everything, and dies when it should work.
      const probed = '{"python": [3, 11], "packages": {"torch": "2.13.0", "transformers": "5.23.0"}}';
      const fake = join(folder, 'python');
      const script = `#!/bin/sh\n[ "$1" = -c ] && { echo 'tokometer:${probed}'; exit 0; }\necho first >&2\necho "no CUDA here" >&2\nexit 7\n`;
      await writeFile(fake, script, { mode: 0o755 });
      const error = await failureOf(openTiny(folder, planWith(fake)));
      expect(error.code).toBe('E_ENGINE_START');
      expect(error.message).toMatch(/exit code 7; its last lines:\nfirst\nno CUDA here/);
    });
  });
});

// What is there can't be known: a machine that has a package goes on to the weights that are missing here.
const quantizations = [
  ['gptq', { bits: 4, group_size: 128 }, /gptqmodel|optimum/],
  ['awq', { bits: 4, group_size: 128, version: 'gemm' }, /gptqmodel|autoawq/],
  ['bitsandbytes', { load_in_4bit: true }, /bitsandbytes/],
  ['compressed-tensors', { format: 'pack-quantized', config_groups: {} }, /compressed-tensors/],
] as const;

describe.skipIf(path === '')(`quantised checkpoints name the package that is missing${reason}`, () => {
  test.each(quantizations)('%s', async (method, more, package_) => {
    await withFolder(async (folder) => {
      await writeConfig(folder, { quantization_config: { quant_method: method, ...more } });
      const error = await failureOf(openTiny(folder, planWith(path, { loadFormat: 'auto' })));
      if (/safetensors|weights/.test(error.message)) return;
      expect(error.code).toBe('E_MISSING_PACKAGE');
      expect(error.exitCode).toBe(3);
      expect(error.hint).toContain(path);
      expect(error.hint).toMatch(/pip install .*--upgrade /);
      expect(error.hint).toMatch(package_);
    });
  });

  test('a method without kernels for the CPU says that a GPU is needed', async () => {
    await withFolder(async (folder) => {
      await writeConfig(folder, { quantization_config: { quant_method: 'eetq', weights: 'int8' } });
      const error = await failureOf(openTiny(folder, planWith(path, { loadFormat: 'auto' })));
      expect(error.message).toMatch(/needs? a GPU|without a GPU|kernels|safetensors/);
      expect(['E_ENGINE_START', 'E_MISSING_PACKAGE']).toContain(error.code);
    });
  });
});

describe('folders that are refused before Python is looked for', () => {
  const missing = planWith('/nonexistent/python');

  test.each([
    [{ quantization_config: { quant_method: 'gptq', bits: 4 } }, /gptq 4 bit/],
    [{ quantization_config: { quant_method: 'awq', w_bit: 4 } }, /awq 4 bit/],
    [{ text_config: { quantization_config: { quant_method: 'fp8' } } }, /fp8/],
  ])('random weights of a quantised checkpoint: %j', async (config, says) => {
    await withFolder(async (folder) => {
      await writeConfig(folder, config);
      const error = await failureOf(openTiny(folder, missing));
      expect(error.code).toBe('E_PLAN');
      expect(error.message).toMatch(says);
      expect(error.hint).toMatch(/real weights/);
    });
  });

  test('a config.json that is no JSON', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'config.json'), '{"model_type": ');
      const error = await failureOf(openTiny(folder, missing));
      expect([error.code, error.message]).toEqual(['E_MODEL_FILE', expect.stringContaining('is not JSON')]);
    });
  });
});

function openNamed(model: string, folder: string, plan: Partial<TransformersPlan> = {}): Promise<TokometerError> {
  return failureOf(
    openTransformersEngine({
      plan: planWith('/nonexistent/python', plan),
      model,
      modelPath: null,
      clock: startRunClock(),
      tell: silentTell,
      logFile: join(folder, 'engine.log'),
    }),
  );
}

describe('names without a folder', () => {
  test.each([
    ['Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4', {}, 'E_PLAN', /packed weights/],
    ['Someone/Else-3B', {}, 'E_PLAN', /does not know the shape/],
    ['Qwen/Qwen2.5-7B-Instruct', { loadFormat: 'auto' }, 'E_MODEL_FILE', /no folder/],
  ] as const)('%s %j', async (model, plan, code, says) => {
    await withFolder(async (folder) => {
      const error = await openNamed(model, folder, plan);
      expect(error.code).toBe(code);
      expect(error.message).toMatch(says);
    });
  });

  test('a known shape gets a config.json, before Python is looked for', async () => {
    await withFolder(async (folder) => {
      const before = process.env['XDG_CACHE_HOME'];
      process.env['XDG_CACHE_HOME'] = folder;
      try {
        expect((await openNamed('qwen2.5-0.5b-instruct', folder)).code).toBe('E_MISSING_PACKAGE');
        const text = await readFile(join(folder, 'tokometer/shapes/Qwen_Qwen2.5-0.5B-Instruct/config.json'), 'utf8');
        expect(JSON.parse(text)).toMatchObject({ model_type: 'qwen2', num_hidden_layers: 24, vocab_size: 151_936 });
      } finally {
        if (before === undefined) delete process.env['XDG_CACHE_HOME'];
        else process.env['XDG_CACHE_HOME'] = before;
      }
    });
  });
});
