import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { llamaServer } from '../../../../src/engine/managed/llama-server.ts';
import {
  memoryFigures,
  readToldMemory,
  requestMemory,
  withKnownWeights,
} from '../../../../src/engine/managed/memory-figures.ts';
import { readModelFolder } from '../../../../src/engine/managed/model-folder.ts';
import type { ServerDescription } from '../../../../src/engine/managed/server-description.ts';
import { stopGroup } from '../../../../src/engine/managed/process-group.ts';
import { sglangServer } from '../../../../src/engine/managed/sglang.ts';
import { vllmServer } from '../../../../src/engine/managed/vllm.ts';

const gib = 2 ** 30;
const mib = 2 ** 20;
// No process can have it.
const noGroup = 2 ** 22 + 1;

const recorded = (name: string): string[] =>
  readFileSync(join(import.meta.dirname, '../../../fixtures/engine-logs', name), 'utf8').split('\n');

const needed = (description: ServerDescription, lines: string[], maxLength: number | null, metrics = '') =>
  memoryFigures({ description, told: readToldMemory(description, lines, metrics), maxLength, groupId: noGroup })[0];

test('vLLM on the CPU: the pool by its metrics, weights untold', () => {
  const metrics = recorded('vllm-0.32-cpu-metrics.txt').join('\n');
  const told = readToldMemory(vllmServer, recorded('vllm-0.32-cpu.log'), metrics);
  expect(told).toMatchObject({ cacheTokens: 1_048_576, blockTokens: 128 });
  expect(told.parts).toEqual([{ what: 'KV pool', bytes: gib, source: '/metrics: kv_cache_memory_bytes="1073741824"' }]);
  expect(needed(vllmServer, recorded('vllm-0.32-cpu.log'), 640, metrics)).toMatchObject({
    bytes: null,
    reason: 'vLLM did not tell the memory of its weights',
  });
});

test('vLLM on the CPU: weights by config.json, and what a request needs grows by whole blocks', async () => {
  const metrics = recorded('vllm-0.32-cpu-metrics.txt').join('\n');
  const silent = readToldMemory(vllmServer, recorded('vllm-0.32-cpu.log'), metrics);
  expect(requestMemory(vllmServer, silent, 640)).toEqual([]);
  const folder = await readModelFolder(null);
  const told = withKnownWeights(silent, { ...folder, configWeightBytes: 5 * mib });
  expect(requestMemory(vllmServer, told, 129)).toMatchObject([
    {
      kind: 'engine',
      bytes: 5 * mib + 256 * 1024,
      method: expect.stringContaining('weights (by the numbers of config.json) + KV cache of 256'),
    },
  ]);
  const filed = withKnownWeights(silent, { ...folder, weightBytes: 7, configWeightBytes: 5 });
  expect(filed.parts[0]).toMatchObject({ what: 'weights', bytes: 7, source: 'by the size of their files' });
  expect(withKnownWeights(filed, { ...folder, weightBytes: 9 })).toBe(filed);
});

test('vLLM on the CPU: the pool by its log alone', () => {
  const told = readToldMemory(vllmServer, recorded('vllm-0.32-cpu.log'), '');
  expect(told.cacheTokens).toBe(1_048_576);
  expect(told.parts).toMatchObject([{ what: 'KV pool', bytes: gib, source: expect.stringContaining('(1.0/') }]);
});

test('vLLM: the pool holds its blocks, not the tokens of texts of the longest length', () => {
  const lines = ['(EngineCore pid=3) INFO 11-21 [kv_cache_utils.py:1] CPU KV cache size: 61,834 tokens'];
  const metrics =
    'vllm:cache_config_info{block_size="128",kv_cache_memory_bytes="1073741824",kv_cache_size_tokens="61834",num_gpu_blocks="682"} 1.0';
  expect(readToldMemory(vllmServer, lines, metrics)).toMatchObject({ cacheTokens: 682 * 128, blockTokens: 128 });
});

test('vLLM on two devices: each tells its part, and they add up', () => {
  const lines = [
    '(Worker_TP0 pid=1) INFO 11-21 [gpu_model_runner.py:1] Model loading took 7.1264 GiB memory and 3.1 seconds',
    '(Worker_TP1 pid=2) INFO 11-21 [gpu_model_runner.py:1] Model loading took 7.1264 GiB memory and 3.2 seconds',
    '(Worker_TP0 pid=1) INFO 11-21 [gpu_worker.py:1] Available KV cache memory: 60.50 GiB',
    '(Worker_TP1 pid=2) INFO 11-21 [gpu_worker.py:1] Available KV cache memory: 60.50 GiB',
    '(EngineCore pid=3) INFO 11-21 [kv_cache_utils.py:1] GPU KV cache size: 2,265,440 tokens',
  ];
  const figure = needed(vllmServer, lines, 1000, 'vllm:cache_config_info{block_size="16",x="y"} 1.0\n');
  const perToken = (121 * gib) / 2_265_440;
  expect(figure?.bytes).toBeCloseTo(2 * 7.1264 * gib + perToken * 1008, -1);
  expect(figure?.method).toContain('needed: weights + KV cache of 1,008 tokens');
});

test('llama-server: buffers of every kind add up', () => {
  const told = readToldMemory(llamaServer, recorded('llama-server-10434.log'), '');
  const bytes = Object.fromEntries(told.parts.map((part) => [part.what, part.bytes / mib]));
  expect(bytes['weights']).toBeCloseTo(95.34 + 92.1, 6);
  expect(bytes['KV pool']).toBeCloseTo(11.25, 6);
  expect(bytes['compute buffers']).toBeCloseTo(8.21 + 0.19, 6);
  expect(told.cacheTokens).toBe(512);
});

test('SGLang: by the wording of 0.5', () => {
  const lines = [
    '[2026-11-21 10:00:00] Load weight end. elapsed=1.20 s, type=Qwen2ForCausalLM, avail mem=60.00 GB, mem usage=14.30 GB.',
    '[2026-11-21 10:00:01] KV Cache is allocated. #tokens: 1000, KV size: 2.00 GB',
    '[2026-11-21 10:00:02] max_total_num_tokens=1000, chunked_prefill_size=8192',
  ];
  expect(needed(sglangServer, lines, 500)?.bytes).toBeCloseTo(14.3 * gib + gib, -1);
});

test('what a log does not tell is null with a reason', () => {
  expect(needed(llamaServer, ['nothing here'], 100)).toMatchObject({ bytes: null, reason: expect.any(String) });
  expect(needed(llamaServer, recorded('llama-server-10434.log'), null)).toMatchObject({
    bytes: null,
    reason: 'the longest text is not known',
  });
});

test('resident memory is that of every process of the group, and null when none lives', async () => {
  const script = 'const held = Buffer.alloc(64 * 2 ** 20, 1); console.log("up"); setInterval(() => held.length, 1000)';
  const child = spawn(
    'sh',
    ['-c', `"${process.execPath}" -e '${script}' & "${process.execPath}" -e '${script}'; wait`],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const groupId = child.pid ?? 0;
  let text = '';
  child.stdout.on('data', (part) => (text += String(part)));
  while (text.split('up').length < 3) {
    // oxlint-disable-next-line no-await-in-loop -- polling
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
  const told = { parts: [], cacheTokens: null, blockTokens: null };
  const host = () => memoryFigures({ description: vllmServer, told, maxLength: 1, groupId }).at(-1);
  expect(host()?.bytes).toBeGreaterThan(2 * 64 * mib);
  expect(host()?.method).toContain('3 processes');
  // A process lives on for a moment after its pipes are closed.
  await stopGroup(groupId, 5000);
  expect(host()).toMatchObject({ kind: 'host', bytes: null, reason: 'vLLM does not run' });
});
