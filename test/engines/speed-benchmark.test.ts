import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { modelConfig } from '../../src/catalog/model-config.ts';
import { findModelShape, kvBytesPerToken } from '../../src/catalog/model-shapes.ts';
import type { Summary } from '../../src/contract/summary.ts';
import { writeDummyModel } from '../../src/engine/llama/dummy-model.ts';
import { readSummary, temporaryFolder, tokometer } from '../support/tokometer.ts';
import { expectGrowth, expectSpeeds, llamaProgram, neededByRow, oneThread, vllmPython } from './engine-setup.ts';
import { startLlamaServer } from './llama-server.ts';
import { tinyQwen, tinyQwenKvBytes, tinyQwenWeightBytes, writeTinyQwen } from './tiny-qwen.ts';

// The documents' command lines on real engines; only the model and the generated length are smaller.
const documented = 'perf --parallel 1 --log-every-n-query 5 --dataset speed_benchmark --json';
const documentedLengths = [1, 6144, 14_336, 30_720];
const outputTokens = 16;
const limitMs = 400_000;

let folder: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

async function measure(name: string, words: string, lengths: readonly number[], model: string): Promise<Summary> {
  const line = `${documented} --max-tokens ${outputTokens} --min-tokens ${outputTokens} ${words}`.split(' ');
  const places = ['--model', model, '--outputs-dir', path.join(folder.path, name), '--prompt-lengths'];
  const ended = await tokometer([...line, ...places, ...lengths.map(String)], {
    ...oneThread,
    ...(llamaProgram.reason === '' ? llamaProgram.environment : {}),
  });
  expect(ended.code, ended.stderr).toBe(0);
  return readSummary(ended.stdout);
}

describe.skipIf(vllmPython.reason !== '')(`--api local_vllm on a real vLLM${vllmPython.reason}`, () => {
  const flags = `--api local_vllm --load-format dummy --enforce-eager --python ${vllmPython.path}`;

  test(
    'a tiny Qwen2 with the tokenizer of Qwen: exact at the documented lengths, memory as the arithmetic says',
    async () => {
      const model = path.join(folder.path, 'tiny-qwen2');
      await mkdir(model);
      await writeTinyQwen(model);
      const summary = await measure('vllm-tiny', flags, documentedLengths, model);
      expectSpeeds(summary, documentedLengths, outputTokens);
      expect(summary.engine).toMatchObject({ name: 'vLLM', weights: 'dummy', cache: 'off', maxLength: 30_736 });
      // With a tokenizer prompts are drawn from what it makes of text, and sent as ids all the same.
      expect(summary.engine.settings['command']).not.toContain('--skip-tokenizer-init');
      const needed = await neededByRow(summary);
      expect((needed[0] ?? 0) / tinyQwenWeightBytes).toBeCloseTo(1, 1);
      expectGrowth(needed, documentedLengths, tinyQwenKvBytes);
    },
    limitMs,
  );

  test(
    'a dummy Qwen2.5-0.5B, which has a config.json and no more',
    async () => {
      const shape = findModelShape('Qwen/Qwen2.5-0.5B-Instruct');
      if (shape === null) throw new Error('the catalogue has no Qwen2.5-0.5B');
      const model = path.join(folder.path, 'Qwen2.5-0.5B-Instruct');
      await mkdir(model);
      await writeFile(path.join(model, 'config.json'), JSON.stringify(modelConfig(shape)));
      const lengths = [1, 256];
      const summary = await measure('vllm-dummy', `${flags} --repetitions 2`, lengths, model);
      expectSpeeds(summary, lengths, outputTokens);
      expectGrowth(await neededByRow(summary), lengths, kvBytesPerToken(shape));
    },
    limitMs,
  );
});

describe.skipIf(llamaProgram.reason !== '')(`a real llama-server${llamaProgram.reason}`, () => {
  // One thread takes a minute for a prompt of 30,720.
  const lengths = [1, 1024, 6144];
  let model = '';
  beforeAll(async () => {
    const written = { shape: tinyQwen, quantization: 'Q8_0', seed: 1, directory: folder.path } as const;
    model = (await writeDummyModel(written)).path;
  });

  test(
    '--api local_llama_server: exact counts, memory as the arithmetic says',
    async () => {
      const flags = '--api local_llama_server --threads 1';
      const summary = await measure('llama-started', flags, lengths, model);
      expectSpeeds(summary, lengths, outputTokens);
      expect(summary.engine).toMatchObject({ name: 'llama-server', cache: 'off' });
      expectGrowth(await neededByRow(summary), lengths, tinyQwenKvBytes);
    },
    limitMs,
  );

  test(
    '--api openai, on one that runs already',
    async () => {
      const files = { binary: llamaProgram.binary, model };
      const server = await startLlamaServer({ ...files, contextSize: 6400, threads: 1 });
      try {
        const flags = `--api openai --url ${server.url}/v1/completions --connect-timeout 6000 --read-timeout 6000`;
        const summary = await measure('llama-served', flags, lengths, 'qwen2.5');
        expectSpeeds(summary, lengths, outputTokens);
      } finally {
        await server.stop();
      }
    },
    limitMs,
  );
});
