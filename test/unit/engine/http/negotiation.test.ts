import { afterEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/contract/engine.ts';
import type { OpenAiPlan } from '../../../../src/contract/plan.ts';
import { openEngine, planFor, requestFor, send, Told } from './engine-under-test.ts';
import {
  answer,
  event,
  type Script,
  ScriptedServer,
  streamAnswer,
  streamEnd,
  streamHead,
  token,
  usage,
} from './scripted-server.ts';

let server: ScriptedServer;
let engine: Engine;
let tell: Told;

afterEach(async () => {
  await engine.close();
  await server.close();
});

async function open(scripts: Readonly<Record<string, Script>>, more: Partial<OpenAiPlan> = {}): Promise<void> {
  server = new ScriptedServer(scripts);
  await server.listen();
  tell = new Told();
  engine = await openEngine(server.url, more, { tell });
}

const models =
  (entry: object): Script =>
  (_request, socket) =>
    socket.write(answer(200, JSON.stringify({ data: [{ id: 'tiny', ...entry }] })));

const refusing =
  (fields: readonly string[], words: (field: string) => string): Script =>
  (request, socket) => {
    const refused = fields.find((field) => request.body.includes(`"${field}"`));
    if (refused === undefined) streamAnswer(request, socket);
    else socket.write(answer(400, JSON.stringify({ error: { message: words(refused) } })));
  };

const short =
  (finish: string): Script =>
  (request, socket) => {
    if (request.body.includes('min_tokens')) return streamAnswer(request, socket);
    socket.write(streamHead);
    socket.write(
      Buffer.concat([
        event(token('a', usage(4, 5), { finish_reason: finish })),
        event('[DONE]'),
        Buffer.from(streamEnd),
      ]),
    );
  };

describe('what is sent', () => {
  it('ids, running counts, exact length, cache and timings fields to an unknown server', async () => {
    await open(
      { '/v1/completions': streamAnswer },
      { apiKey: 'sk-secret', headers: { 'X-Team': 'speed', Accept: 'text/event-stream' } },
    );
    const { outcome, sink } = await send(engine);
    expect(outcome).toMatchObject({ status: 'ok', lengthRule: 'ignore_eos', finishReason: 'length' });
    expect(sink.tokens).toBe(16);
    expect(server.bodies()).toEqual([
      {
        model: 'tiny',
        max_tokens: 16,
        stream: true,
        stream_options: { include_usage: true, continuous_usage_stats: true },
        temperature: 0,
        ignore_eos: true,
        cache_prompt: false,
        timings_per_token: true,
        prompt: [9707, 1000, 1001, 1002],
      },
    ]);
    const headers = server.requests.find(({ method }) => method === 'POST')?.headers ?? {};
    expect(headers).toMatchObject({
      authorization: 'Bearer sk-secret',
      'x-team': 'speed',
      accept: 'text/event-stream',
    });
    expect(headers['user-agent']).toMatch(/^tokometer\//);
    expect(tell.debugs.join('\n')).not.toContain('sk-secret');
  });

  it('text, min_tokens when it is smaller, no temperature; extra arguments win', async () => {
    await open({ '/v1/completions': streamAnswer });
    const request = requestFor({
      prompt: { kind: 'text', text: '熵 "x"\n' },
      minOutputTokens: 8,
      temperature: null,
      extraArguments: { top_k: 1, cache_prompt: true },
    });
    engine.prepare?.(request);
    expect((await send(engine, request)).outcome.lengthRule).toBe('min_tokens');
    const [body] = server.bodies();
    expect(body).toMatchObject({ prompt: '熵 "x"\n', min_tokens: 8, top_k: 1, cache_prompt: true });
    expect(body).not.toHaveProperty('ignore_eos');
    expect(body).not.toHaveProperty('temperature');
  });

  it('no llama-server fields to vLLM', async () => {
    await open({ '/v1/completions': streamAnswer, '/v1/models': models({ owned_by: 'vllm', max_model_len: 4096 }) });
    await send(engine);
    expect(server.bodies()[0]).not.toHaveProperty('cache_prompt');
    expect(server.bodies()[0]).not.toHaveProperty('timings_per_token');
    expect(tell.warnings).toEqual([]);
    expect(engine.facts()).toMatchObject({ name: 'vLLM', maxLength: 4096, cache: 'unknown' });
  });

  it('refuses a header that would break the request', async () => {
    await open({});
    const plan = planFor(server.url, { headers: { 'x-a': 'b\r\nevil: 1' } });
    await expect(openEngine(server.url, plan)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining('x-a'),
    });
  });
});

describe('a server that refuses fields', () => {
  it('by name: each is dropped once, with a warning', async () => {
    const fields = ['continuous_usage_stats', 'cache_prompt', 'timings_per_token'];
    await open({ '/v1/completions': refusing(fields, (field) => `Unrecognized request argument supplied: ${field}`) });
    expect((await send(engine)).outcome.status).toBe('ok');
    const tries = server.bodies().length;
    expect(tries).toBe(4);
    expect((await send(engine)).outcome.status).toBe('ok');
    expect(server.bodies()).toHaveLength(tries + 1);
    expect(tell.warnings).toHaveLength(3);
    expect(server.bodies().at(-1)).toMatchObject({ stream_options: { include_usage: true }, ignore_eos: true });
    expect(engine.facts().settings['fieldsLeftOut']).toBe('continuous_usage_stats, cache_prompt, timings_per_token');
  });

  it('ignore_eos: min_tokens takes its place', async () => {
    await open({
      '/v1/completions': refusing(['ignore_eos'], (field) => `body.${field}: Extra inputs are not permitted`),
    });
    const request = requestFor();
    engine.prepare?.(request);
    expect((await send(engine, request)).outcome).toMatchObject({ status: 'ok', lengthRule: 'min_tokens' });
    expect(server.bodies().at(-1)).toMatchObject({ min_tokens: 16 });
  });

  it('without a name: the one that it was is found', async () => {
    await open({ '/v1/completions': refusing(['ignore_eos'], () => 'Bad Request') });
    expect((await send(engine)).outcome).toMatchObject({ status: 'ok', lengthRule: 'min_tokens' });
    expect(tell.warnings).toHaveLength(1);
    expect(tell.warnings[0]).toContain('ignore_eos');
    const tries = server.bodies().length;
    expect((await send(engine)).outcome).toMatchObject({ status: 'ok', lengthRule: 'min_tokens' });
    expect(server.bodies()).toHaveLength(tries + 1);
  });

  it('without a name, several: no more than needed go', async () => {
    await open({ '/v1/completions': refusing(['cache_prompt', 'timings_per_token'], () => 'Bad Request') });
    expect((await send(engine)).outcome).toMatchObject({ status: 'ok', lengthRule: 'ignore_eos' });
    expect(engine.facts().settings['fieldsLeftOut']).toBe('timings_per_token, cache_prompt');
    expect(tell.warnings).toHaveLength(2);
  });

  it('for another reason: the refusal stands, and no search follows once fields have passed', async () => {
    await open({
      '/v1/completions': (request, socket) => {
        if (request.body.includes('[9707')) socket.write(answer(400, '{"error":{"message":"prompt must be text"}}'));
        else streamAnswer(request, socket);
      },
    });
    expect((await send(engine, requestFor({ prompt: { kind: 'text', text: 'a' } }))).outcome.status).toBe('ok');
    const { outcome } = await send(engine);
    expect(outcome).toMatchObject({ failure: 'http-status', message: 'HTTP 400 Status: prompt must be text' });
    expect(server.bodies()).toHaveLength(2);
  });
});

describe('an output that comes short', () => {
  it('adds min_tokens from the next request on, once, with a warning', async () => {
    await open({ '/v1/completions': short('stop') });
    expect((await send(engine)).outcome.lengthRule).toBe('ignore_eos');
    const { outcome, sink } = await send(engine);
    expect(outcome.lengthRule).toBe('ignore_eos+min_tokens');
    expect(sink.tokens).toBe(16);
    await send(engine);
    expect(tell.warnings).toHaveLength(1);
  });

  it('because the context is full: min_tokens would not help', async () => {
    await open({ '/v1/completions': short('length') });
    await send(engine);
    expect((await send(engine)).outcome).toMatchObject({ status: 'ok', lengthRule: 'ignore_eos' });
    expect(tell.warnings).toHaveLength(1);
    expect(tell.warnings[0]).toContain('do not fit');
  });
});
