import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { plan } from '../../../src/plan/plan.ts';
import { placeModel } from '../../../src/run/model-place.ts';
import { silentObserver } from '../../../src/run/silent-observer.ts';

type Api = 'local' | 'local_vllm' | 'local_sglang' | 'local_llama_server';

const place = async (api: Api, model: string): Promise<string | null> =>
  (await placeModel(plan({ api, model, loadFormat: 'dummy' }), silentObserver, new AbortController().signal))?.path ??
  null;

function folderWith(config: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokometer-place-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ model_type: 'qwen2', ...config }));
  return folder;
}

describe('dummy weights', () => {
  test('of a name need no place', async () => {
    expect(await place('local_vllm', 'Qwen/Qwen2.5-7B-Instruct')).toBeNull();
  });

  test.each(['local', 'local_vllm', 'local_sglang'] as const)(
    'of a quantised name are refused by --api %s: they would run unquantised',
    async (api) => {
      await expect(place(api, 'Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4')).rejects.toMatchObject({
        code: 'E_PLAN',
        message: expect.stringContaining('(GPTQ-Int4)'),
        hint: expect.stringMatching(/name Qwen\/Qwen2\.5-7B-Instruct with --model.*--dummy-quantization/),
      });
    },
  );

  test('of a quantised name are those of llama.cpp, in its own quantisation', async () => {
    expect(await place('local_llama_server', 'Qwen2.5-7B-Instruct-AWQ')).toBeNull();
  });

  test('of a folder whose weights are packed integers are refused', async () => {
    const folder = folderWith({ quantization_config: { quant_method: 'awq', bits: 4 } });
    await expect(place('local_vllm', folder)).rejects.toMatchObject({
      code: 'E_PLAN',
      message: expect.stringContaining('(awq)'),
    });
  });

  test('of a folder whose weights are floating-point numbers are taken', async () => {
    const folder = folderWith({ quantization_config: { quant_method: 'fp8' } });
    expect(await place('local_vllm', folder)).toBe(folder);
  });
});
