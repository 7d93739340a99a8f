import { afterEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/contract/engine.ts';
import type { OpenAiPlan } from '../../../../src/contract/plan.ts';
import { openEngine, requestFor, Told } from './engine-under-test.ts';
import { answer, type Script, ScriptedServer, streamAnswer, streamOf, token, usage } from './scripted-server.ts';

let server: ScriptedServer;
let engine: Engine | null = null;
let tell: Told;

afterEach(async () => {
  await engine?.close();
  engine = null;
  await server.close();
});

async function open(
  scripts: Readonly<Record<string, Script>>,
  {
    path = '/v1/completions',
    loadingLimitMs = 5000,
    ...more
  }: Partial<OpenAiPlan> & { path?: string; loadingLimitMs?: number } = {},
): Promise<Engine> {
  server = new ScriptedServer(scripts);
  await server.listen();
  tell = new Told();
  const url = server.url.replace('/v1/completions', path);
  engine = await openEngine(url, { testConnection: true, ...more }, { tell, loadingLimitMs });
  return engine;
}

const json =
  (value: unknown, status = 200, more = ''): Script =>
  (_request, socket) =>
    socket.write(answer(status, JSON.stringify(value), 'application/json', more));
const models = json({ data: [{ id: 'llama-8b' }, { id: 'qwen-7b' }] });
const refused = (message: string | RegExp, hint: string | RegExp): object =>
  expect.objectContaining({
    code: 'E_CONNECTION_TEST',
    exitCode: 4,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });

const htmlPage: Script = (_request, socket) =>
  socket.write(answer(200, '<html><title>Router\u001b[2J</title></html>', 'text/html'));

const tlsAlert: Script = (_request, socket) => socket.end(Buffer.of(0x15, 3, 1, 0, 2, 2, 70));

// A tokenizer of its own kind: one id a character.
const tokenize: Script = (request, socket) => {
  const { prompt, content, add_special_tokens } = JSON.parse(request.body);
  expect([prompt, add_special_tokens]).toEqual([content, false]);
  socket.write(
    answer(200, JSON.stringify({ tokens: Array.from(String(prompt)).map((character) => character.codePointAt(0)) })),
  );
};

describe('the connection test', () => {
  it('is one tiny completion with the fields of the run', async () => {
    await open({ '/v1/completions': streamAnswer });
    expect(server.bodies()).toHaveLength(1);
    expect(server.bodies()[0]).toMatchObject({
      model: 'tiny',
      prompt: 'Hello',
      max_tokens: 2,
      stream: true,
      ignore_eos: true,
    });
  });

  it('asks with ids where the server has no tokenizer', async () => {
    await open({
      '/v1/completions': (request, socket) => {
        if (request.body.includes('Hello'))
          json({ error: { message: 'skip_tokenizer_init is True: no tokenizer' } }, 400)(request, socket);
        else streamAnswer(request, socket);
      },
    });
    expect(server.bodies().at(-1)).toMatchObject({ prompt: [1000, 1001, 1002, 1003] });
  });

  it('is left out when the plan says so', async () => {
    await open({}, { testConnection: false });
    expect(server.bodies()).toEqual([]);
  });

  it('nothing listens', async () => {
    server = new ScriptedServer({});
    await server.listen();
    const { url } = server;
    await server.close();
    await server.listen();
    const { port } = server;
    const dead = `http://127.0.0.1:${port === 1 ? 2 : 1}/v1/completions`;
    await expect(openEngine(dead, { testConnection: true })).rejects.toEqual(
      refused(/127\.0\.0\.1:\d+\/v1\/completions failed: nothing listens/, '--url'),
    );
    expect(url).toContain('127.0.0.1');
  });

  it('an unknown host', async () => {
    await expect(open({})).rejects.toThrow();
    const attempt = openEngine('http://no-such-host.invalid:8000/v1/completions', { testConnection: true });
    await expect(attempt).rejects.toEqual(refused(/host name/, /--url/));
  });

  it('a wrong key', async () => {
    const script = json({ error: { message: 'Invalid API key' } }, 401);
    await expect(open({ '/v1/completions': script })).rejects.toEqual(
      refused(/refuses the key: HTTP 401 .*Invalid API key/, '--api-key'),
    );
  });

  it('a wrong path: names the likely one', async () => {
    await expect(open({ '/v1/completions': streamAnswer }, { path: '/api/generate' })).rejects.toEqual(
      refused(/\/api\/generate failed: HTTP 404/, /http:\/\/127\.0\.0\.1:\d+\/v1\/completions/),
    );
  });

  it('a server without a completions endpoint', async () => {
    await expect(open({ '/v1/models': models })).rejects.toEqual(refused(/HTTP 404/, /no completions endpoint/));
  });

  it('an unknown model: names those that are served', async () => {
    const script = json({ error: { message: 'The model `tiny` does not exist.' } }, 404);
    await expect(open({ '/v1/completions': script, '/v1/models': models })).rejects.toEqual(
      refused(/does not exist.*--model tiny/, /llama-8b, qwen-7b.*--model/),
    );
  });

  it('HTML in place of JSON', async () => {
    await expect(open({ '/v1/completions': htmlPage })).rejects.toEqual(refused(/an HTML page, "Router"/, /--url/));
  });

  it('a failing server, in its own words on one line', async () => {
    const script = json({ error: { message: 'CUDA error:\n  no kernel image' } }, 500);
    await expect(open({ '/v1/completions': script })).rejects.toEqual(
      refused(/HTTP 500 Status: CUDA error: no kernel image/, /log/),
    );
  });

  it('a TLS server behind http', async () => {
    await expect(open({ '/v1/completions': tlsAlert })).rejects.toEqual(refused(/no HTTP answer/, 'https://'));
  });

  it('a plain server behind https', async () => {
    server = new ScriptedServer({});
    await server.listen();
    const url = server.url.replace('http:', 'https:');
    await expect(openEngine(url, { testConnection: true, connectTimeoutMs: 300 })).rejects.toEqual(
      refused(/failed/, /\S/),
    );
  });

  it('a loading server is awaited', async () => {
    const engineUp = await open({
      '/v1/completions': (request, socket) => {
        if (request.nth === 0) json({ error: { message: 'Loading model', code: 503 } }, 503)(request, socket);
        else streamAnswer(request, socket);
      },
    });
    expect(tell.notes).toEqual([expect.stringContaining('Loading model')]);
    expect(engineUp.facts().name).toBe('OpenAI-compatible server');
  });

  it('a server that never ends loading', async () => {
    const script = json({ error: { message: 'Loading model' } }, 503);
    await expect(open({ '/v1/completions': script }, { loadingLimitMs: 100 })).rejects.toEqual(
      refused(/HTTP 503.*Loading model/, /log/),
    );
  });

  it('tokens that cannot be timed', async () => {
    await expect(
      open({
        '/v1/completions': streamOf(token(''), token('', {}, { finish_reason: 'length' }), {
          choices: [],
          ...usage(1, 2),
        }),
      }),
    ).rejects.toEqual(refused(/nothing to time/, /\S/));
  });
});

describe('what a server says of itself', () => {
  it('llama-server', async () => {
    const up = await open({
      '/v1/completions': streamAnswer,
      '/v1/models': json(
        { data: [{ id: 'tiny.gguf', owned_by: 'llamacpp', meta: { n_ctx_train: 32768 } }] },
        200,
        'Server: llama.cpp\r\n',
      ),
      '/props': json({ default_generation_settings: { n_ctx: 2048 }, build_info: 'b10434-abc' }),
    });
    expect(up.facts()).toMatchObject({
      name: 'llama-server',
      version: 'b10434-abc',
      maxLength: 2048,
      weights: 'unknown',
    });
    // Its cache is off for requests that say cache_prompt: false.
    expect(up.facts().cache).toBe('off');
  });

  it('vLLM, its cache and its hit counter', async () => {
    let hits = 100;
    const metrics: Script = (_request, socket) => {
      hits += 16;
      const lines = [
        'vllm:cache_config_info{block_size="16",enable_prefix_caching="True",engine="0"} 1.0',
        `vllm:prefix_cache_hits_total{engine="0",model_name="tiny"} ${hits}.0`,
        'vllm:prefix_cache_hits_total{engine="1",model_name="tiny"} 1.0e+03',
      ];
      socket.write(answer(200, lines.join('\n'), 'text/plain'));
    };
    const up = await open({
      '/v1/completions': streamAnswer,
      '/v1/models': json({ data: [{ id: 'tiny', owned_by: 'vllm', max_model_len: 4096 }] }),
      '/version': json({ version: '0.32.0' }),
      '/metrics': metrics,
    });
    expect(up.facts()).toMatchObject({ name: 'vLLM', version: '0.32.0', maxLength: 4096, cache: 'on', device: null });
    expect(await up.counters?.()).toMatchObject({ source: '/metrics of vLLM', cachedTokens: 1132, requests: null });
    expect(await up.counters?.()).toMatchObject({ cachedTokens: 1148 });
  });

  it('nothing: no counter, no tokenizer, blind ids', async () => {
    const up = await open({ '/v1/completions': streamAnswer });
    expect(await up.counters?.()).toBeNull();
    expect(await up.tokenize?.('Hello')).toBeNull();
    const vocabulary = await up.vocabulary?.();
    expect([vocabulary?.ids.length, vocabulary?.ids[0], vocabulary?.ids.at(-1)]).toEqual([9000, 1000, 9999]);
    expect(vocabulary?.source).toContain('no usable /tokenize');
  });

  it('a tokenizer: ids of plain text are the vocabulary', async () => {
    const up = await open({ '/v1/completions': streamAnswer, '/tokenize': tokenize });
    expect(await up.tokenize?.('熵a')).toEqual(Uint32Array.of(0x71b5, 0x61));
    const vocabulary = await up.vocabulary?.();
    expect(vocabulary?.ids.length).toBeGreaterThan(200);
    expect(new Set(vocabulary?.ids).size).toBe(vocabulary?.ids.length);
    expect(vocabulary?.source).toContain('/tokenize');
  });

  it('a probe tells the counts of a real request', async () => {
    const up = await open({ '/v1/completions': streamAnswer });
    expect(await up.probe?.(requestFor({ outputTokens: 1, minOutputTokens: 1 }))).toMatchObject({
      outcome: { status: 'ok' },
      usage: { promptTokens: 4, cachedTokens: null, outputTokens: 1 },
    });
  });

  it('questions go under the prefix of a proxy', async () => {
    const up = await open(
      {
        '/proxy/v1/completions': streamAnswer,
        '/proxy/v1/models': json({ data: [{ id: 'tiny', owned_by: 'sglang', max_model_len: 512 }] }),
      },
      { path: '/proxy/v1/completions' },
    );
    expect(up.facts()).toMatchObject({ name: 'SGLang', maxLength: 512 });
    expect(server.requests.map(({ path }) => path)).toContain('/proxy/get_server_info');
  });
});
