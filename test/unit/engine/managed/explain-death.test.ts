import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { logWords } from '../../../../src/engine/managed/engine-log.ts';
import { explainDeath } from '../../../../src/engine/managed/explain-death.ts';
import { llamaServer } from '../../../../src/engine/managed/llama-server.ts';
import { vllmServer } from '../../../../src/engine/managed/vllm.ts';

const recorded = (name: string): string[] =>
  readFileSync(join(import.meta.dirname, '../../../fixtures/engine-logs', `${name}.log`), 'utf8').split('\n');

describe('recorded ends', () => {
  test.each([
    ['vllm-0.32-unknown-flag', /unrecognized arguments: --disable-log-requests/, /--engine-args/],
    ['vllm-0.32-context-too-long', /max_model_len \(640\) is greater than/, /--max-model-len/],
    ['vllm-0.32-cache-too-small', /KV cache is needed, which is larger than/, /VLLM_CPU_KVCACHE_SPACE/],
  ])('%s', (name, quote, hint) => {
    const words = explainDeath(recorded(name), vllmServer.failures);
    expect(words.quote).toMatch(quote);
    expect(words.hint).toMatch(hint);
    expect(words.code).toBe('E_ENGINE_START');
  });

  test.each([
    ['llama-server-unknown-flag', /invalid argument: --no-such-flag/, 'E_ENGINE_START'],
    ['llama-server-no-model', /failed to load model/, 'E_MODEL_FILE'],
    ['llama-server-port-taken', /couldn't bind HTTP server socket/, 'E_PORT_IN_USE'],
  ])('%s', (name, quote, code) => {
    const words = explainDeath(recorded(name), llamaServer.failures);
    expect(words.quote).toMatch(quote);
    expect(words.code).toBe(code);
  });
});

test('what a line of settings quotes is no failure', () => {
  const lines = ['(EngineCore pid=7) INFO 11-21 23:10:36 [core.py:133] config: trust_remote_code=False', 'Killed'];
  expect(explainDeath(lines, vllmServer.failures).quote).toBe('Killed');
});

test('an exception of its own is quoted before the one that only points to it', () => {
  const lines = [
    '(EngineCore pid=7) ERROR 11-21 23:10:50 [core.py:9] Traceback (most recent call last):',
    '(EngineCore pid=7) ERROR 11-21 23:10:50 [core.py:9] ZeroDivisionError: division by zero',
    '(APIServer pid=6) RuntimeError: Engine core initialization failed. See root cause above.',
  ];
  expect(explainDeath(lines, vllmServer.failures).quote).toBe('ZeroDivisionError: division by zero');
});

test('a silent log is told as such', () => {
  expect(explainDeath(['', '  '], vllmServer.failures).quote).toBeNull();
});

test.each([
  ['(Worker_TP0 pid=7) INFO 11-21 23:10:47 [cpu_worker.py:260] Words here', 'Words here'],
  ['INFO:     Started server process [27232]', 'Started server process [27232]'],
  ['0.00.327.339 I srv  llama_server: listening', 'srv  llama_server: listening'],
  ['[2026-11-21 10:00:00 TP0] Load weight begin.', 'Load weight begin.'],
  ['plain words', 'plain words'],
])('the words of %s', (line, words) => {
  expect(logWords(line)).toBe(words);
});

test('a worker that died without a word is not taken for code of the model', () => {
  const lines = [
    '(EngineCore pid=7) ERROR 11-21 23:10:36 [dump_input.py:72] Dumping input data for V1 LLM engine with config: trust_remote_code=False, error=1',
    '(EngineCore pid=7) ERROR 11-21 23:10:36 [multiproc_executor.py:273] Worker proc VllmWorker-0 died unexpectedly, shutting down executor.',
  ];
  expect(explainDeath(lines, vllmServer.failures)).toMatchObject({
    code: 'E_ENGINE_START',
    hint: expect.stringContaining('ended without a word'),
  });
});
