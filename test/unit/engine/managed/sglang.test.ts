import { describe, expect, test } from 'vitest';
import { fitFlags } from '../../../../src/engine/managed/installed-flags.ts';
import { readToldMemory } from '../../../../src/engine/managed/memory-figures.ts';
import { readModelFolder } from '../../../../src/engine/managed/model-folder.ts';
import type { ServerInput } from '../../../../src/engine/managed/server-description.ts';
import { sglangServer } from '../../../../src/engine/managed/sglang.ts';
import { serverPlan } from '../../../support/server-plan.ts';

const gib = 2 ** 30;
const plan = serverPlan({ api: 'local_sglang', loadFormat: 'dummy', dtype: 'bfloat16', gpuMemoryUtilization: 0.85 });

const unknown = await readModelFolder(null);

function serverInput(folder: { hasTokenizer: boolean; contextLength: number | null }, maxLength: number): ServerInput {
  return {
    plan,
    model: '/models/qwen',
    isLocal: true,
    servedName: 'qwen',
    port: 4711,
    parallel: 1,
    maxLength,
    folder: { ...unknown, ...folder },
    yarn: null,
    program: { words: ['python'], version: '0.5.23', onCpu: false },
    tensorParallel: 1,
  };
}

const words = (input: ServerInput, installed: ReadonlySet<string> | null = null): string =>
  fitFlags(sglangServer.use(input), sglangServer.flags, installed).words.join(' ');

describe('the flags of SGLang', () => {
  test('without a tokenizer: none is loaded, and events hold the new ids alone', () => {
    const line = words(serverInput({ hasTokenizer: false, contextLength: 32_768 }, 1000));
    expect(line).toContain('--skip-tokenizer-init --incremental-streaming-output');
    expect(line).toContain('--disable-cuda-graph --load-format dummy');
    expect(line).toContain('--enable-metrics --enable-cache-report');
  });

  test('with a tokenizer: neither', () => {
    const line = words(serverInput({ hasTokenizer: true, contextLength: 32_768 }, 1000));
    expect(line).not.toMatch(/skip-tokenizer|streaming-output/);
  });

  test('older versions: the names that they have', () => {
    const older = new Set(['--skip-tokenizer-init', '--stream-output', '--context-length', '--tp-size']);
    const input = { ...serverInput({ hasTokenizer: false, contextLength: null }, 1000), tensorParallel: 2 };
    expect(words(input, older)).toBe('--context-length 1006 --tp-size 2 --skip-tokenizer-init --stream-output');
  });

  test.each([
    // Its scheduler generates to two tokens below the context at most, and takes prompts to seven below it.
    [32_768, 32_768, '32774', '1'],
    [32_762, 32_768, '32768', undefined],
    [32_763, 32_768, '32769', '1'],
    [40_000, 32_768, '40006', undefined],
    [32_768, null, '32774', undefined],
  ])('texts of %s tokens on a model of %s: context %s', (maxLength, contextLength, context, beyond) => {
    const input = serverInput({ hasTokenizer: false, contextLength }, maxLength);
    expect(words(input)).toContain(`--context-length ${context} `);
    expect(sglangServer.environment(input)['SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN']).toBe(beyond);
  });
});

const told = (line: string) => readToldMemory(sglangServer, [`[2026-11-22 10:00:00] ${line}`], '').parts;

describe('what the log of SGLang 0.5.23 tells of memory', () => {
  test.each([
    ['KV Cache is allocated. dtype: torch.bfloat16, #tokens: 1000, K size: 1.25 GB, V size: 1.25 GB', 2.5],
    ['KV Cache is allocated. dtype: torch.bfloat16, #tokens: 1000, KV size: 2.00 GB', 2],
    [
      'Post-capture KV sizing: KV cache allocated. dtype: torch.bfloat16, #tokens: 9, KV size: 3.00 GB, avail mem=1.00 GB',
      3,
    ],
  ])('%s', (line, size) => {
    expect(told(line)).toMatchObject([{ what: 'KV pool', bytes: size * gib }]);
  });

  test('keys and values of different size, and an upper bound, are no pool', () => {
    expect(told('KV Cache is allocated. dtype: x, #tokens: 1000, K size: 1.25 GB, V size: 0.75 GB')).toEqual([]);
    expect(told('KV Cache VA upper bound. dtype: x, #tokens: 1000, K size: 1.25 GB, V size: 1.25 GB')).toEqual([]);
  });

  test('weights, with the words of a quantisation between', () => {
    const line =
      'Load weight end. elapsed=1.2 s, type=Qwen2ForCausalLM, quant=awq, avail mem=60.00 GB, mem usage=14.30 GB.';
    expect(told(line)).toMatchObject([{ what: 'weights', bytes: 14.3 * gib }]);
  });
});
