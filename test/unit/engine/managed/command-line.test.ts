import { describe, expect, test } from 'vitest';
import { findModelShape } from '../../../../src/catalog/model-shapes.ts';
import { fillCommand } from '../../../../src/engine/managed/command.ts';
import { fitFlags } from '../../../../src/engine/managed/installed-flags.ts';
import { llamaServer } from '../../../../src/engine/managed/llama-server.ts';
import type { ServerDescription, ServerInput } from '../../../../src/engine/managed/server-description.ts';
import { sglangServer } from '../../../../src/engine/managed/sglang.ts';
import { vllmServer } from '../../../../src/engine/managed/vllm.ts';
import { serverPlan } from '../../../support/server-plan.ts';

const folder = {
  hasTokenizer: true,
  vocabularySize: 151_936,
  attentionHeads: 28,
  contextLength: 32_768,
  cacheBytesPerToken: 57_344,
  weightBytes: null,
  configWeightBytes: null,
  shape: null,
  gguf: null,
};
const plan = serverPlan({
  api: 'local_vllm',
  dtype: 'bfloat16',
  gpuMemoryUtilization: 0.85,
  enforceEager: false,
});
const input: ServerInput = {
  plan,
  model: '/models/qwen',
  isLocal: true,
  servedName: 'Qwen/Qwen2.5-7B-Instruct',
  port: 4711,
  maxLength: 32_768,
  parallel: 1,
  folder,
  yarn: null,
  program: { words: ['python'], version: '0.32.0', onCpu: false },
  tensorParallel: 1,
};

const line = (description: ServerDescription, changed: Partial<ServerInput> = {}): string =>
  fitFlags(description.use({ ...input, ...changed }), description.flags, null).words.join(' ');

describe('vLLM', () => {
  test('on a GPU', () => {
    expect(line(vllmServer)).toBe(
      '--model /models/qwen --served-model-name Qwen/Qwen2.5-7B-Instruct --host 127.0.0.1 --port 4711 ' +
        '--max-model-len 32768 --dtype bfloat16 --no-enable-prefix-caching --gpu-memory-utilization 0.85',
    );
  });

  test('what is asked for, and only that, is added', () => {
    const words = line(vllmServer, {
      plan: { ...plan, dtype: 'auto', enforceEager: true, loadFormat: 'dummy', trustRemoteCode: true },
      folder: { ...folder, hasTokenizer: false },
      tensorParallel: 4,
    });
    expect(words).toContain(
      '--enforce-eager --load-format dummy --skip-tokenizer-init --trust-remote-code --tensor-parallel-size 4',
    );
    expect(words).not.toContain('--dtype');
  });

  test('YaRN: by the configuration, and by the older flag where the installed version still has it', () => {
    const yarn = { factor: 4, baseLength: 32_768 };
    const stretched = { yarn, folder: { ...folder, shape: findModelShape('Qwen2.5-7B-Instruct') } };
    const rope = '"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":32768';
    expect(line(vllmServer, stretched)).toContain(
      `--hf-overrides {"rope_parameters":{${rope},"rope_theta":1000000},"max_position_embeddings":131072}`,
    );
    const uses = vllmServer.use({ ...input, ...stretched });
    const older = fitFlags(uses, vllmServer.flags, new Set(['--hf-overrides', '--rope-scaling']));
    expect(older.words.join(' ')).toContain(`--rope-scaling {${rope}}`);
    expect(older.words).not.toContain('--hf-overrides');
  });

  test('on a CPU: whole GiB of cache for the longest row, threads, and no share of a device', () => {
    const onCpu = { ...input, plan: { ...plan, threads: 3 }, program: { ...input.program, onCpu: true } };
    expect(line(vllmServer, onCpu)).not.toContain('--gpu-memory-utilization');
    const environment = vllmServer.environment(onCpu);
    // 57,344 bytes x 32,768 tokens are 1.75 GiB.
    expect(environment['VLLM_CPU_KVCACHE_SPACE']).toBe(process.env['VLLM_CPU_KVCACHE_SPACE'] ?? '2');
    expect(environment['OMP_NUM_THREADS']).toBe('3');
  });

  test('devices are named by their place on the bus; those of the environment stay', () => {
    expect(vllmServer.environment(input)).toMatchObject({ CUDA_DEVICE_ORDER: 'PCI_BUS_ID', HF_HUB_OFFLINE: '1' });
    expect(vllmServer.environment(input)).not.toHaveProperty('CUDA_VISIBLE_DEVICES');
    expect(vllmServer.environment({ ...input, plan: { ...plan, gpus: '1,2' } })).toHaveProperty(
      'CUDA_VISIBLE_DEVICES',
      '1,2',
    );
    expect(vllmServer.environment({ ...input, isLocal: false })).not.toHaveProperty('HF_HUB_OFFLINE');
  });
});

test('llama-server: a slot for each request in flight, each with the whole length, on the CPU alone when there is no device', () => {
  const words = line(llamaServer, { program: { ...input.program, onCpu: true } });
  expect(words).toContain('--ctx-size 32768 --parallel 1 --gpu-layers 0 --device none');
  expect(line(llamaServer, { parallel: 4 })).toContain('--ctx-size 131072 --parallel 4');
  expect(words).toContain('--no-cache-prompt --cache-ram 0');
  expect(words).not.toContain('--threads');
  expect(line(llamaServer)).toContain('--gpu-layers 999');
});

test('llama-server: YaRN, and the length that the file names', () => {
  const gguf = { name: 'Qwen2.5 7B Instruct', architecture: 'qwen2' };
  const words = line(llamaServer, { yarn: { factor: 4, baseLength: 32_768 }, folder: { ...folder, gguf } });
  expect(words).toContain(
    '--rope-scaling yarn --rope-scale 4 --yarn-orig-ctx 32768 --override-kv qwen2.context_length=int:131072',
  );
});

test('SGLang: its own names, and its prefix cache off', () => {
  const words = line(sglangServer, { tensorParallel: 2 });
  expect(words).toContain('--model-path /models/qwen');
  expect(words).toContain('--context-length 32774');
  expect(words).toContain('--disable-radix-cache --mem-fraction-static 0.85');
  expect(words).toContain('--tensor-parallel-size 2');
  expect(sglangServer.notes.join(' ')).toContain('not yet run');
});

test('a command: port and model wherever they stand', () => {
  const words = fillCommand(['run', '-p{port}:{port}', '{model}', 'x{model}y'], { port: 5, model: 'a b' });
  expect(words).toEqual(['run', '-p5:5', 'a b', 'xa by']);
});
