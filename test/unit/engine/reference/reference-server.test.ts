import { afterEach, describe, expect, it } from 'vitest';
import { startReferenceServer, type ReferenceServer } from '../../../../src/engine/reference/reference-server.ts';
import type { ReferenceServerOptions } from '../../../../src/engine/reference/server-options.ts';
import { ask, at, eventsOf, jsonOf, plainOptions } from './raw-client.ts';

const open: ReferenceServer[] = [];

async function serve(options: Partial<ReferenceServerOptions> = {}): Promise<ReferenceServer> {
  const server = await startReferenceServer({ ...plainOptions, ...options });
  open.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const completion = { model: 'scripted', prompt: [1000, 1001, 1002, 1003], max_tokens: 4, stream: true };
const chat = { model: 'scripted', messages: [{ role: 'user', content: 'Hello there' }], max_tokens: 4, stream: true };
const withUsage = { stream_options: { include_usage: true } };
const withRunningUsage = { stream_options: { include_usage: true, continuous_usage_stats: true } };

/** `completion_tokens` of each event's usage. */
async function runningCounts(usage: ReferenceServerOptions['usage'], asked: object): Promise<unknown[]> {
  const { port } = await serve({ usage });
  const answer = await ask(port, { path: '/v1/completions', body: { ...completion, ...asked } });
  const events = eventsOf(answer).filter((data) => data !== '[DONE]');
  return events.map((data) => at(JSON.parse(data), 'usage', 'completion_tokens'));
}

describe('completions', () => {
  it('streams events in the form and order of vLLM', async () => {
    const { port } = await serve();
    const answer = await ask(port, { path: '/v1/completions', body: { ...completion, ...withUsage } });
    expect(answer).toMatchObject({ status: 200, complete: true });
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const events = eventsOf(answer);
    expect(events).toHaveLength(6);
    expect(events[0]).toMatch(
      /^\{"id":"cmpl-0000000000000000","object":"text_completion","created":\d+,"model":"scripted","choices":\[\{"index":0,"text":" t1000","logprobs":null,"finish_reason":null,"stop_reason":null,"prompt_token_ids":null,"token_ids":null\}\]\}$/,
    );
    expect(events[3]).toContain('"finish_reason":"length"');
    expect(events[4]).toMatch(
      /"choices":\[\],"usage":\{"prompt_tokens":4,"total_tokens":8,"completion_tokens":4,"prompt_tokens_details":\{"cached_tokens":0\}\},"system_fingerprint":"[^"]+"\}$/,
    );
    expect(events[5]).toBe('[DONE]');
  });

  it('sends usage only as far as the request asks and the server tells', async () => {
    const none = [undefined, undefined, undefined, undefined];
    expect(await runningCounts('running', {})).toEqual(none);
    expect(await runningCounts('running', withUsage)).toEqual([...none, 4]);
    expect(await runningCounts('running', withRunningUsage)).toEqual([1, 2, 3, 4, 4]);
    expect(await runningCounts('final', withRunningUsage)).toEqual([...none, 4]);
    expect(await runningCounts('off', withRunningUsage)).toEqual(none);
  });

  it('answers in one body without stream', async () => {
    const { port } = await serve();
    const answer = await ask(port, { path: '/v1/completions', body: { ...completion, stream: false } });
    expect(jsonOf(answer)).toMatchObject({
      object: 'text_completion',
      choices: [{ index: 0, text: ' t1000 t1127 t1254 t1381', finish_reason: 'length' }],
      usage: { prompt_tokens: 4, total_tokens: 8, completion_tokens: 4 },
    });
  });

  it('gives ids when they are asked for', async () => {
    const { port } = await serve();
    const answer = await ask(port, { path: '/v1/completions', body: { ...completion, return_token_ids: true } });
    const [first, second] = eventsOf(answer).map((data): unknown => (data === '[DONE]' ? null : JSON.parse(data)));
    expect(at(first, 'choices', 0, 'prompt_token_ids')).toEqual(completion.prompt);
    expect(at(first, 'choices', 0, 'token_ids')).toEqual([1000]);
    expect(at(second, 'choices', 0, 'prompt_token_ids')).toBeNull();
  });

  it.each([
    ['three little words', 3],
    ['熵'.repeat(50), 50],
    [['a list of one'], 4],
    [[[1000, 1001]], 2],
  ])('counts the prompt %j, with the added tokens', async (prompt, own) => {
    const { port } = await serve({ addedTokens: 2 });
    const body = { ...completion, prompt, stream: false };
    const answer = await ask(port, { path: '/v1/completions', body });
    expect(at(jsonOf(answer), 'usage', 'prompt_tokens')).toBe(own + 2);
  });

  it('puts several tokens into a chunk', async () => {
    const { port } = await serve({ timing: { ...plainOptions.timing, tokensPerChunk: 3 } });
    const body = { ...completion, max_tokens: 7, ...withRunningUsage };
    const events = eventsOf(await ask(port, { path: '/v1/completions', body })).slice(0, 3);
    expect(events.map((data) => at(JSON.parse(data), 'usage', 'completion_tokens'))).toEqual([3, 6, 7]);
  });

  it('sends several events in one write, at the time of the last', async () => {
    const timing = { ...plainOptions.timing, ttftMs: 20, itlMs: 40 };
    const { port, stamps } = await serve({ timing, eventsPerWrite: 3 });
    const answer = await ask(port, { path: '/v1/completions', body: { ...completion, max_tokens: 5 } });
    const perRead = answer.reads.map((read) => read.text.split('"text":').length - 1).filter((count) => count > 0);
    expect(perRead).toEqual([3, 2]);
    expect(stamps()[0]?.writes.map((write) => write.tokens)).toEqual([3, 2]);
  });
});

/** The fields of each delta after the role. */
async function deltaFields(tokensPerChunk: number): Promise<string[][]> {
  const { port } = await serve({ reasoningTokens: 2, timing: { ...plainOptions.timing, tokensPerChunk } });
  const answer = await ask(port, { path: '/v1/chat/completions', body: chat });
  const events = eventsOf(answer).slice(1, -1);
  return events.map((data) => Object.keys(Object(at(JSON.parse(data), 'choices', 0, 'delta'))));
}

describe('chat', () => {
  it('begins with the role alone, then streams contents', async () => {
    const { port } = await serve();
    const answer = await ask(port, { path: '/v1/chat/completions', body: { ...chat, ...withUsage } });
    const events = eventsOf(answer);
    expect(events).toHaveLength(7);
    expect(events[0]).toMatch(
      /^\{"id":"chatcmpl-0{16}","object":"chat.completion.chunk","created":\d+,"model":"scripted","choices":\[\{"index":0,"delta":\{"role":"assistant","content":""\},"logprobs":null,"finish_reason":null\}\],"prompt_token_ids":null,"prompt_text":null\}$/,
    );
    expect(events[1]).toContain('"delta":{"content":" t1000"},"logprobs":null,"finish_reason":null,"token_ids":null}');
    expect(events[4]).toContain('"finish_reason":"length","stop_reason":null,"token_ids":null}');
    expect(at(JSON.parse(events[5] ?? ''), 'usage')).toMatchObject({ prompt_tokens: 2, completion_tokens: 4 });
    expect(events[6]).toBe('[DONE]');
  });

  it('sends the role long before the first token', async () => {
    const { port, stamps } = await serve({ timing: { ...plainOptions.timing, ttftMs: 150 } });
    const answer = await ask(port, { path: '/v1/chat/completions', body: chat });
    const role = answer.reads.find((read) => read.text.includes('"role"'));
    const receivedNs = BigInt(stamps()[0]?.receivedNs ?? 0);
    expect(role?.text).not.toContain('t1000');
    expect(Number((role?.atNs ?? 0n) - receivedNs) / 1e6).toBeLessThan(140);
  });

  it('reasons first when told to, within one chunk as well', async () => {
    expect(await deltaFields(1)).toEqual([['reasoning_content'], ['reasoning_content'], ['content'], ['content']]);
    expect(await deltaFields(3)).toEqual([['reasoning_content', 'content'], ['content']]);
  });

  it('answers in one body without stream', async () => {
    const { port } = await serve({ reasoningTokens: 1 });
    const answer = await ask(port, { path: '/v1/chat/completions', body: { ...chat, stream: false } });
    expect(at(jsonOf(answer), 'choices', 0, 'message')).toMatchObject({
      role: 'assistant',
      reasoning_content: ' t1000',
      content: ' t1127 t1254 t1381',
    });
  });
});

describe('the other paths', () => {
  it('tells the model, its length, health and version', async () => {
    const { port, url } = await serve();
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const models = jsonOf(await ask(port, { method: 'GET', path: '/v1/models' }));
    expect(at(models, 'data', 0)).toMatchObject({ id: 'scripted', object: 'model', max_model_len: 4096 });
    expect(await ask(port, { method: 'GET', path: '/health' })).toMatchObject({ status: 200 });
    const version = jsonOf(await ask(port, { method: 'GET', path: '/version' }));
    expect(at(version, 'version')).toMatch(/^\d+\.\d+\.\d+/);
    expect(await ask(port, { method: 'GET', path: '/nothing' })).toMatchObject({ status: 404 });
    expect(await ask(port, { method: 'GET', path: '/v1/completions' })).toMatchObject({ status: 405 });
  });

  it('tokenizes in the forms of vLLM and llama-server, and back', async () => {
    const { port } = await serve({ addedTokens: 1 });
    const asked = async (path: string, body: unknown) => jsonOf(await ask(port, { path, body }));
    expect(await asked('/tokenize', { prompt: '熵熵 t1234' })).toMatchObject({ count: 4, max_model_len: 4096 });
    const bare = await asked('/tokenize', { prompt: ' t1234 t77', add_special_tokens: false });
    expect(at(bare, 'tokens')).toEqual([1234, 77]);
    expect(await asked('/tokenize', { messages: chat.messages })).toMatchObject({ count: 3 });
    expect(await asked('/tokenize', { content: ' t1234' })).toEqual({ tokens: [1234] });
    expect(await asked('/detokenize', { tokens: [1234, 77] })).toEqual({ prompt: ' t1234 t77' });
    expect(await ask(port, { path: '/detokenize', body: { tokens: ['x'] } })).toMatchObject({ status: 400 });
  });

  it('has no tokenizer when told so', async () => {
    const { port } = await serve({ tokenize: false });
    expect(await ask(port, { path: '/tokenize', body: { prompt: 'a' } })).toMatchObject({ status: 404 });
  });
});

describe('refusals', () => {
  it.each([
    ['another model', { model: 'other' }, 404, 'The model `other` does not exist.'],
    ['a sum over the limit', { max_tokens: 4093 }, 400, 'maximum context length is 4096 tokens'],
    ['a prompt over the limit', { prompt: '熵'.repeat(4096) }, 400, 'your request has 4096 input tokens'],
    ['an id outside the vocabulary', { prompt: [200_000] }, 400, 'out of vocabulary'],
    ['an empty prompt', { prompt: [] }, 400, 'empty'],
    ['no prompt', { prompt: null }, 400, 'prompt'],
    ['no tokens', { max_tokens: 0 }, 400, 'max_tokens must be at least 1'],
    ['more at least than at most', { min_tokens: 5 }, 400, 'min_tokens must be less than or equal to max_tokens=4'],
    ['stream options without a stream', { stream: false, ...withUsage }, 400, 'Stream options'],
  ])('refuses %s', async (_name, fields, status, words) => {
    const { port, stamps } = await serve();
    const answer = await ask(port, { path: '/v1/completions', body: { ...completion, ...fields } });
    expect(answer.status).toBe(status);
    expect(at(jsonOf(answer), 'error', 'code')).toBe(status);
    expect(at(jsonOf(answer), 'error', 'message')).toContain(words);
    expect(stamps()).toEqual([]);
  });

  it('takes the longest request that fits', async () => {
    const { port } = await serve({ timing: { ...plainOptions.timing, itlMs: 0 } });
    const body = { ...completion, prompt: '熵'.repeat(4000), max_tokens: 96, stream: false };
    expect(await ask(port, { path: '/v1/completions', body })).toMatchObject({ status: 200 });
  });

  it('takes any model unless it is strict', async () => {
    const { port } = await serve({ strictModel: false });
    const answer = await ask(port, { path: '/v1/completions', body: { ...completion, model: 'other' } });
    expect(answer.status).toBe(200);
  });

  it('takes no ids when told so', async () => {
    const { port } = await serve({ promptIds: false });
    expect(await ask(port, { path: '/v1/completions', body: completion })).toMatchObject({ status: 400 });
    const text = { ...completion, prompt: 'words' };
    expect(await ask(port, { path: '/v1/completions', body: text })).toMatchObject({ status: 200 });
  });

  it('asks for the key on /v1 paths alone', async () => {
    const { port } = await serve({ apiKey: 'secret' });
    const request = { path: '/v1/completions', body: completion };
    expect(await ask(port, request)).toMatchObject({ status: 401 });
    expect(await ask(port, { ...request, headers: ['authorization: Bearer wrong'] })).toMatchObject({ status: 401 });
    expect(await ask(port, { ...request, headers: ['authorization: Bearer secret'] })).toMatchObject({ status: 200 });
    expect(await ask(port, { method: 'GET', path: '/health' })).toMatchObject({ status: 200 });
  });

  it('answers a body that is no JSON with 400', async () => {
    const { port } = await serve();
    const response = await fetch(`http://127.0.0.1:${port}/v1/completions`, { method: 'POST', body: '{"prompt":' });
    expect(response.status).toBe(400);
    expect(at(await response.json(), 'error', 'type')).toBe('BadRequestError');
  });
});
