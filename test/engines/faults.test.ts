import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Ended, type Running, start, temporaryFolder } from '../support/tokometer.ts';
import { findRealPython, writeConfig } from '../unit/engine/transformers/real-python.ts';
import { isGroupAlive, llamaProgram, oneThread, vllmPython } from './engine-setup.ts';

const python = await findRealPython();
const interpreter = 'path' in python ? python.path : '';
const reason = 'skip' in python ? ` (${python.skip})` : '';
const goneLimitMs = 30_000;
const limitMs = 240_000;

let folder: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeConfig(folder.path);
});
afterAll(() => folder.remove());

interface Watched {
  readonly running: Running;
  /** The first child whose command line holds the text, once it is there. */
  child(text: string): Promise<number>;
  /** How it ended; resolves when no process that it started is left. */
  end(): Promise<Ended>;
}

/** Starts `tokometer perf` and keeps account of the processes that it starts: each leads a group of its own. */
function watch(words: string, environment: Record<string, string> = {}, more: readonly string[] = []): Watched {
  const outputs = ['--outputs-dir', path.join(folder.path, 'outputs'), '--log-every-n-query', '1'];
  const flags = 'perf --parallel 1 --dataset speed_benchmark --prompt-lengths 16 --max-tokens 400 --min-tokens 400';
  const running = start([...`${flags} ${words}`.split(' '), ...outputs, ...more], { ...oneThread, ...environment });
  const seen = new Set<number>();
  const look = (): void => {
    for (const pid of childrenOf(running.child.pid ?? 0)) seen.add(pid);
  };
  const timer = setInterval(look, 10);
  const ended = running.ended.finally(() => clearInterval(timer));
  return {
    running,
    child: (text) => until(() => childrenOf(running.child.pid ?? 0).find((pid) => commandOf(pid).includes(text))),
    end: async () => {
      const end = await ended;
      await until(() => (![...seen].some(isLeft) ? true : undefined), goneLimitMs);
      return end;
    },
  };
}

function transformersWords(): string {
  return `--api local --load-format dummy --python ${interpreter} --model ${folder.path}`;
}

function vllmWords(): string {
  return `--api local_vllm --load-format dummy --enforce-eager --python ${vllmPython.path} --model ${folder.path}`;
}

function isLeft(pid: number): boolean {
  return isGroupAlive(pid) || commandOf(pid) !== '';
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function commandOf(pid: number): string {
  return readProc(pid, 'cmdline').replaceAll('\0', ' ');
}

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

async function until<T>(look: () => T | undefined, patienceMs = 120_000): Promise<T> {
  const lateMs = performance.now() + patienceMs;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > lateMs) throw new Error(`it did not come true within ${patienceMs} ms`);
    // oxlint-disable-next-line no-await-in-loop -- polling
    await sleep(5);
  }
}

describe.skipIf(llamaProgram.reason !== '')(
  `faults of a real llama-server${llamaProgram.reason}`,
  { timeout: limitMs },
  () => {
    const { environment } = llamaProgram;
    let words = '';
    beforeAll(async () => {
      const model = path.join(folder.path, 'model.gguf');
      await symlink(llamaProgram.model, model);
      words = `--api local_llama_server --threads 1 --model ${model}`;
    });

    test('a flag that it does not know: exit 4', async () => {
      const ended = await watch(words, environment, ['--engine-args', '--no-such-flag']).end();
      expect(ended.stderr).toMatch(/E_ENGINE_START .*invalid argument: --no-such-flag/);
      expect(ended.stderr).toContain('Correct --engine-args');
      expect(ended.code).toBe(4);
    });

    test('a port that is taken: exit 3', async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const address = other.address();
      const port = typeof address === 'object' ? address?.port : 0;
      const ended = await watch(words, environment, ['--engine-args', `--port ${port}`]).end();
      other.close();
      expect(ended.stderr).toMatch(new RegExp(`E_PORT_IN_USE .*port ${port} is taken`));
      expect(ended.stderr).toContain('--engine-args');
      expect(ended.code).toBe(3);
    });

    test('too little memory for the context: exit 4 and what to lower', async () => {
      const ended = await watch(`${words} --max-model-len 20000000`, environment).end();
      expect(ended.stderr).toMatch(/E_ENGINE_START .*(?:allocate|memory|failed to create context)/);
      expect(ended.stderr).toContain('Lower --max-model-len');
      expect(ended.code).toBe(4);
    });

    test('killed at its start: exit 4', async () => {
      const watched = watch(words, environment);
      process.kill(await watched.child('--port'), 'SIGKILL');
      const ended = await watched.end();
      expect(ended.stderr).toMatch(/E_ENGINE_START llama-server .*SIGKILL/);
      expect(ended.code).toBe(4);
    });

    test('killed while it streams: the requests fail, exit 5, and the notes say how it ended', async () => {
      const watched = watch(words, environment);
      const server = await watched.child('--port');
      await until(() => (/repetition 1 of 3/.test(watched.running.stderrSoFar()) ? true : undefined));
      process.kill(-server, 'SIGKILL');
      const ended = await watched.end();
      expect(ended.stderr).toMatch(/E_ALL_FAILED/);
      expect(ended.stdout).toContain('llama-server ended during the run (killed by SIGKILL)');
      expect(ended.code).toBe(5);
    });

    test('SIGKILL of Tokometer in the middle of a stream leaves no process', async () => {
      const watched = watch(words, environment);
      const server = await watched.child('--port');
      await until(() => (/repetition 1 of 3/.test(watched.running.stderrSoFar()) ? true : undefined));
      expect(isGroupAlive(server)).toBe(true);
      watched.running.child.kill('SIGKILL');
      expect((await watched.end()).code).toBeNull();
    });
  },
);

describe.skipIf(interpreter === '')(`faults of real Transformers${reason}`, { timeout: limitMs }, () => {
  const worker = 'transformers_worker.py';

  test.each([
    ['at its start', (): true => true],
    ['while it loads', (pid: number) => (readProc(pid, 'maps').includes('libtorch') ? true : undefined)],
  ])('killed %s: exit 4', async (_when, isThere) => {
    const watched = watch(transformersWords());
    const pid = await watched.child(worker);
    await until(() => isThere(pid));
    process.kill(pid, 'SIGKILL');
    const ended = await watched.end();
    expect(ended.stderr).toMatch(/E_ENGINE_START .*SIGKILL/);
    expect(ended.stderr).toContain('--model');
    expect(ended.code).toBe(4);
  });

  test('killed in the middle of a request: exit 5', async () => {
    const watched = watch(`${transformersWords()} --max-tokens 3000 --min-tokens 3000 --warmup-num 0`);
    const pid = await watched.child(worker);
    await until(() => (/repetition 1 of 3/.test(watched.running.stderrSoFar()) ? true : undefined));
    process.kill(pid, 'SIGKILL');
    const ended = await watched.end();
    expect(ended.stderr).toMatch(/E_ALL_FAILED .*SIGKILL/);
    expect(ended.code).toBe(5);
  });
});

describe('a Python that is none', { timeout: limitMs }, () => {
  test.each([
    ['local', 'transformers'],
    ['local_vllm', 'vllm'],
  ])('--api %s: exit 3, and the command that mends it', async (api, environmentName) => {
    const ended = await watch(`--api ${api} --load-format dummy --python /bin/ls --model ${folder.path}`).end();
    expect(ended.stderr).toMatch(/E_MISSING_PACKAGE .*\/bin\/ls/);
    expect(ended.stderr).toContain(`tokometer env create ${environmentName}`);
    expect(ended.code).toBe(3);
  });
});

describe.skipIf(vllmPython.reason !== '')(`faults of a real vLLM${vllmPython.reason}`, { timeout: limitMs }, () => {
  test('too little memory for the keys and values: exit 4 and what to change', async () => {
    // 4 KiB a token: 2 GiB for the length, of which the pool has one.
    const large = {
      max_position_embeddings: 524_288,
      num_attention_heads: 8,
      num_key_value_heads: 8,
      hidden_size: 512,
    };
    await writeConfig(folder.path, large);
    const ended = await watch(`${vllmWords()} --max-model-len 524288`, { VLLM_CPU_KVCACHE_SPACE: '1' }).end();
    expect(ended.stderr).toMatch(/E_ENGINE_START vLLM .*KV cache/);
    expect(ended.stderr).toContain('VLLM_CPU_KVCACHE_SPACE');
    expect(ended.code).toBe(4);
  });

  test('SIGKILL of Tokometer while vLLM loads leaves no process', async () => {
    await writeConfig(folder.path);
    const watched = watch(vllmWords());
    const server = await watched.child('--port');
    // Its engine is a process of its own, below the server.
    await until(() => childrenOf(server).find((pid) => /EngineCore|spawn_main/.test(commandOf(pid))));
    watched.running.child.kill('SIGKILL');
    expect((await watched.end()).code).toBeNull();
    expect(isGroupAlive(server)).toBe(false);
  });
});
