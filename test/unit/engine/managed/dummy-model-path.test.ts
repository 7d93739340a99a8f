import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { modelConfig } from '../../../../src/catalog/model-config.ts';
import { findModelShape } from '../../../../src/catalog/model-shapes.ts';
import { readGgufFacts } from '../../../../src/engine/llama/gguf-check.ts';
import { type ModelPathInput, serveModel } from '../../../../src/engine/managed/dummy-model-path.ts';
import { listen } from '../../../engines/managed-setup.ts';
import { serverPlan } from '../../../support/server-plan.ts';

const small = 'Qwen/Qwen2.5-0.5B-Instruct';
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokometer-dummy-path-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const input = (changes: Partial<ModelPathInput> = {}): ModelPathInput => ({
  plan: serverPlan({ api: 'local_vllm', loadFormat: 'dummy' }),
  model: small,
  modelPath: null,
  maxLength: 1000,
  rows: [],
  isOverridden: false,
  logFile: join(folder, 'run', 'engine.log'),
  tell: listen().tell,
  ...changes,
});

const llama = (changes: Partial<ModelPathInput>): ModelPathInput =>
  input({ plan: serverPlan({ loadFormat: 'dummy', dummyQuantization: 'Q8_0' }), ...changes });

const written = (): unknown => JSON.parse(readFileSync(join(folder, 'run', 'dummy-model', 'config.json'), 'utf8'));

/** The tiny configuration of a folder `tiny`, with matrices 64 wide. */
function tinyFolder(changes: Readonly<Record<string, unknown>> = {}): string {
  const path = join(folder, 'tiny');
  mkdirSync(path, { recursive: true });
  const shape = findModelShape(small);
  if (shape === null) throw new Error('it is in the catalogue');
  const sizes = { num_hidden_layers: 1, hidden_size: 64, intermediate_size: 64, num_attention_heads: 2 };
  const ids = { vocab_size: 512, bos_token_id: 510, eos_token_id: 511, num_key_value_heads: 1 };
  writeFileSync(join(path, 'config.json'), JSON.stringify({ ...modelConfig(shape), ...sizes, ...ids, ...changes }));
  return path;
}

describe('vLLM and SGLang', () => {
  test.each(['local_vllm', 'local_sglang'] as const)(
    '%s: a name becomes a folder with its configuration',
    async (api) => {
      const served = await serveModel(input({ plan: serverPlan({ api, loadFormat: 'dummy' }) }));
      expect(served).toEqual({ path: join(folder, 'run', 'dummy-model'), weights: 'dummy', notes: [] });
      expect(written()).toMatchObject({ hidden_size: 896, max_position_embeddings: 32_768 });
    },
  );

  test('rows beyond its reach: the override is in the configuration, and told', async () => {
    const rows = [{ promptTokens: 63_488, outputTokens: 2048 }];
    const { notes } = await serveModel(input({ maxLength: 65_536, rows }));
    expect(written()).toMatchObject({ max_position_embeddings: 131_072, rope_scaling: { factor: 4 } });
    expect(notes).toEqual([expect.stringContaining('(63,488 + 2,048)')]);
  });

  test('the words of the user win: the configuration is plain', async () => {
    expect(await serveModel(input({ maxLength: 65_536, isOverridden: true }))).toMatchObject({ notes: [] });
    expect(written()).not.toHaveProperty('rope_scaling');
  });

  test('a folder stays what it is, and so does a real model', async () => {
    expect(await serveModel(input({ modelPath: '/models/m' }))).toMatchObject({ path: '/models/m', weights: 'dummy' });
    const real = input({ plan: serverPlan({ api: 'local_vllm' }), modelPath: '/models/m' });
    expect(await serveModel(real)).toMatchObject({ path: '/models/m', weights: 'real' });
  });

  test('a name that is not known is refused, with those near it', async () => {
    await expect(serveModel(input({ model: 'Qwen2.5-8B-Instruct' }))).rejects.toMatchObject({
      code: 'E_PLAN',
      message: expect.stringContaining('Qwen2.5-8B-Instruct'),
      hint: expect.stringMatching(/folder with config\.json.*Qwen\/Qwen2\.5-7B-Instruct/),
    });
    await expect(serveModel(input({ model: 'somebody/else' }))).rejects.toMatchObject({
      hint: expect.stringContaining('tokometer models'),
    });
  });
});

describe('llama-server', () => {
  test('any configuration of a known family becomes a GGUF file, one for each', async () => {
    const first = await serveModel(llama({ modelPath: tinyFolder() }));
    expect(await readGgufFacts(first.path ?? '')).toMatchObject({ quantization: 'Q8_0', contextLength: 32_768 });
    expect(first.weights).toBe('dummy');
    const second = await serveModel(llama({ modelPath: tinyFolder({ rope_theta: 5 }) }));
    expect(second.path).not.toBe(first.path);
    // A file that was written as a dummy stays one, however it is named.
    expect(await serveModel(input({ plan: serverPlan({}), modelPath: first.path }))).toEqual(first);
  });

  test('a configuration of another family is refused', async () => {
    await expect(serveModel(llama({ modelPath: tinyFolder({ model_type: 'llama' }) }))).rejects.toMatchObject({
      code: 'E_PLAN',
      hint: expect.stringContaining('Qwen2, Qwen3'),
    });
  });

  test('widths that blocks do not divide are refused', async () => {
    await expect(serveModel(llama({ modelPath: tinyFolder({ intermediate_size: 72 }) }))).rejects.toMatchObject({
      code: 'E_PLAN',
      message: expect.stringContaining('72 wide'),
    });
  });
});
