import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestContext } from 'vitest';
import { parseCounters } from '../../src/engine/http/server-counters.ts';
import { findLlamaServer, groupIsAlive, startLlamaServer } from './llama-server.ts';
import type { LlamaServerFiles, RunningLlamaServer } from './llama-server.ts';

const found = findLlamaServer();

/** The files, or the end of the test with the reason printed. */
function filesOrSkip(context: TestContext): LlamaServerFiles {
  if ('skip' in found) return context.skip(found.skip);
  return found;
}

describe('a real llama-server', () => {
  let server: RunningLlamaServer | null = null;

  beforeAll(async () => {
    if (!('skip' in found)) server = await startLlamaServer({ ...found, contextSize: 1024, threads: 2 });
  });
  afterAll(async () => {
    await server?.stop();
  });

  test('counts 37 token ids as 37 and generates exactly 16 tokens', async (context) => {
    filesOrSkip(context);
    const response = await fetch(`${server?.url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        prompt: Array.from({ length: 37 }, (_, index) => 1_000 + index * 7),
        max_tokens: 16,
        temperature: 0,
        ignore_eos: true,
        cache_prompt: false,
      }),
    });
    expect(response.status).toBe(200);
    const body: unknown = await response.json();
    expect(body).toMatchObject({
      usage: { prompt_tokens: 37, completion_tokens: 16, prompt_tokens_details: { cached_tokens: 0 } },
      timings: { prompt_n: 37, predicted_n: 16 },
      choices: [{ finish_reason: 'length' }],
    });
    expect(body).toHaveProperty(
      'timings.prompt_ms',
      expect.toSatisfy((ms: number) => ms > 0),
    );
    expect(body).toHaveProperty(
      'timings.predicted_ms',
      expect.toSatisfy((ms: number) => ms > 0),
    );
  });

  test('counts the same under /metrics', async (context) => {
    filesOrSkip(context);
    const text = await (await fetch(`${server?.url}/metrics`)).text();
    expect(parseCounters(text, 'it')).toMatchObject({ requests: null, promptTokens: 37, outputTokens: 16, ttft: null });
    expect(parseCounters(text, 'it')?.decodeMs).toBeGreaterThan(0);
  });

  test('has the whole context for one request', async (context) => {
    filesOrSkip(context);
    const properties: unknown = await (await fetch(`${server?.url}/props`)).json();
    expect(properties).toMatchObject({ total_slots: 1, default_generation_settings: { n_ctx: 1024 } });
  });
});

describe('the life of the server', () => {
  test('stop leaves no process and no listener', async (context) => {
    const server = await startLlamaServer({ ...filesOrSkip(context), contextSize: 256, threads: 1 });
    expect(groupIsAlive(server.pid)).toBe(true);
    await server.stop();
    expect(groupIsAlive(server.pid)).toBe(false);
    await expect(fetch(`${server.url}/health`)).rejects.toThrow('fetch failed');
    await server.stop();
  });

  test('a model that can not be read is told with the last log lines', async (context) => {
    const files = filesOrSkip(context);
    const folder = await mkdtemp(join(tmpdir(), 'tokometer-llama-'));
    try {
      const model = join(folder, 'cut-short.gguf');
      await writeFile(model, 'GGUF');
      await expect(startLlamaServer({ ...files, model, contextSize: 256, threads: 1 })).rejects.toThrow(
        /ended before it was ready \(exit 1\).*last lines:\n[\s\S]*failed to load model/,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('a binary that is not there is told at once', async () => {
    const missing = { binary: '/nonexistent/llama-server', model: 'any.gguf', contextSize: 256, threads: 1 };
    await expect(startLlamaServer(missing)).rejects.toThrow(/did not start: .*ENOENT/);
  });
});
