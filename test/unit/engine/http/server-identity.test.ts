import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';

import { afterEach, expect, test } from 'vitest';

import type { Engine } from '../../../../src/contract/engine.ts';
import { plan } from '../../../../src/plan/plan.ts';
import { openHttpEngine } from '../../../../src/engine/http/http-engine.ts';
import { clock } from './engine-under-test.ts';

const vllmMetrics = await readFile(
  path.join(import.meta.dirname, '../../../fixtures/engine-logs/vllm-0.32-cpu-metrics.txt'),
  'utf8',
);
const silent = { note: () => undefined, warning: () => undefined, debug: () => undefined };

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** An engine of a server that answers these paths, each with JSON or a text; all others with 404, and `null` with nothing. */
async function engineOf(answers: Readonly<Record<string, unknown>>, apiKey?: string): Promise<Engine> {
  server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    if (answer === null) return;
    response.writeHead(answer === undefined ? 404 : 200);
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? { detail: 'Not Found' }));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}/v1/completions`;
  const key = apiKey === undefined ? {} : { apiKey };
  const { engine } = plan({ api: 'openai', model: 'q', url, testConnection: false, ...key });
  if (engine.api !== 'openai') throw new Error('not served');
  return openHttpEngine({ plan: engine, model: 'q', clock, tell: silent });
}

const listing = (owner: string) => ({ data: [{ id: 'q', owned_by: owner, root: '/models/q', max_model_len: 640 }] });

test('vLLM: version, listing and cache configuration, and only what is a flag becomes a setting', async () => {
  const engine = await engineOf({
    '/v1/models': listing('vllm'),
    '/version': { version: '0.32.0' },
    '/metrics': vllmMetrics,
  });
  const facts = engine.facts();
  expect(facts).toMatchObject({ name: 'vLLM', version: '0.32.0', maxLength: 640, cache: 'off', flags: 'partly known' });
  expect(facts.settings).toMatchObject({ block_size: '128', cache_dtype: 'auto', gpu_memory_utilization: '0.92' });
  expect(facts.settings).not.toHaveProperty('num_gpu_blocks');
  expect(facts.settings).not.toHaveProperty('speculativeDecoding');
  const manifest = engine.manifest?.();
  expect(manifest).toMatchObject({ version: { version: '0.32.0' }, models: listing('vllm'), serverInfo: null });
  expect(manifest?.cacheConfig).toMatchObject({ num_gpu_blocks: '8192', enable_prefix_caching: 'False' });
  await engine.close();
});

test('vLLM that counts drafts decodes speculatively', async () => {
  const engine = await engineOf({
    '/v1/models': listing('vllm'),
    '/metrics': `${vllmMetrics}\nvllm:spec_decode_num_drafts_total{engine="0"} 0.0\n`,
  });
  expect(engine.facts().settings['speculativeDecoding']).toBe('on');
  await engine.close();
});

test('SGLang: all of its arguments, by either name of the question; the key is masked wherever it stands', async () => {
  const info = {
    version: '0.5.1',
    disable_radix_cache: true,
    tp_size: 2,
    attention_backend: 'fa3',
    speculative_algorithm: 'EAGLE',
    api_key: 'sk-very-secret',
    command: 'launch --api-key sk-very-secret',
  };
  for (const place of ['/server_info', '/get_server_info']) {
    const engine = await engineOf({ '/v1/models': listing('sglang'), [place]: info }, 'sk-very-secret');
    const facts = engine.facts();
    expect(facts).toMatchObject({ name: 'SGLang', version: '0.5.1', cache: 'off', flags: 'known' });
    expect(facts.settings).toMatchObject({ tp_size: 2, attention_backend: 'fa3', speculativeDecoding: 'EAGLE' });
    expect(JSON.stringify(engine.manifest?.())).not.toContain('very-secret');
    expect(engine.manifest?.()?.serverInfo).toMatchObject({ tp_size: 2 });
    await engine.close();
  }
});

test('llama-server: slots and whether it drafts', async () => {
  const properties = {
    build_info: 'b6000-abc',
    total_slots: 4,
    default_generation_settings: { n_ctx: 4096, speculative: true },
  };
  const engine = await engineOf({ '/v1/models': listing('llamacpp'), '/props': properties });
  const facts = engine.facts();
  expect(facts).toMatchObject({ name: 'llama-server', version: 'b6000-abc', maxLength: 4096, flags: 'partly known' });
  expect(facts.settings).toMatchObject({ total_slots: 4, speculativeDecoding: 'on' });
  expect(engine.manifest?.()?.properties).toEqual(properties);
  await engine.close();
});

test('a server that leaves questions open is not waited for longer than two seconds in all', async () => {
  const startMs = performance.now();
  const engine = await engineOf({
    '/v1/models': listing('somebody'),
    '/version': null,
    '/props': null,
    '/metrics': null,
  });
  expect(performance.now() - startMs).toBeLessThan(4000);
  expect(engine.facts()).toMatchObject({ name: 'OpenAI-compatible server', version: null, flags: 'unknown' });
  expect(engine.manifest?.()).toMatchObject({ version: null, properties: null, serverInfo: null, cacheConfig: null });
  await engine.close();
});
