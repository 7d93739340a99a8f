import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/contract/engine.ts';
import type { RequestSpec } from '../../../../src/contract/request.ts';
import { silentSink } from '../../../../src/engine/silent-sink.ts';
import { openEngine, requestFor, send, Told } from './engine-under-test.ts';
import { answer, chunk, event, type Script, ScriptedServer, streamEnd, streamHead } from './scripted-server.ts';

let server: ScriptedServer;
let engine: Engine;
let tell: Told;

afterEach(async () => {
  await engine.close();
  await server.close();
});

async function open(script: Script, more: Readonly<Record<string, Script>> = {}, stream = true): Promise<void> {
  server = new ScriptedServer({ '/generate': script, ...more });
  await server.listen();
  tell = new Told();
  engine = await openEngine(server.url.replace('/v1/completions', '/generate'), { stream }, { tell });
}

/** Writes a stream of test/fixtures/streams in other pieces than it has there. */
function replay(name: string, cut: (parts: readonly Buffer[]) => readonly Uint8Array[]): Script {
  const file = new URL(`../../../fixtures/streams/${name}.jsonl`, import.meta.url);
  const lines: { dir?: string; base64?: string }[] = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const parts = lines.flatMap(({ dir, base64 }) =>
    base64 === undefined || dir === 'sent' ? [] : [Buffer.from(base64, 'base64')],
  );
  const play = async (socket: Socket): Promise<void> => {
    for (const part of cut(parts)) {
      socket.write(part);
      await turn();
    }
    socket.end();
  };
  return (_request, socket) => void play(socket);
}

function pieces(parts: readonly Buffer[], length: number): Buffer[] {
  const bytes = Buffer.concat(parts);
  const count = Math.ceil(bytes.length / length);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * length, (index + 1) * length));
}

const cuts: readonly (readonly [string, (parts: readonly Buffer[]) => readonly Uint8Array[]])[] = [
  ['an event a write', (parts) => parts],
  ['in one piece', (parts) => [Buffer.concat(parts)]],
  ['byte by byte', (parts) => pieces(parts, 1)],
  ['in pieces of 50 bytes', (parts) => pieces(parts, 50)],
];

describe.each(cuts)("streams of SGLang's /generate, %s", (_name, cut) => {
  const replayed = async (name: string, request?: RequestSpec): Promise<Awaited<ReturnType<typeof send>>> => {
    await open(replay(name, cut));
    return send(engine, request);
  };

  it.each(['sglang-generate-skiptok-incremental', 'sglang-generate-skiptok-cumulative'])(
    '%s: 16 tokens by the running count',
    async (name) => {
      const { outcome, sink } = await replayed(name);
      expect(outcome).toMatchObject({
        status: 'ok',
        finishReason: 'length',
        httpStatus: 200,
        lengthRule: 'ignore_eos',
      });
      expect(sink.chunks.map(({ tokens }) => tokens)).toEqual(Array.from({ length: 16 }, () => 1));
      expect(sink.counts).toEqual({ promptTokens: 4, cachedTokens: 0, outputTokens: 16 });
      expect(engine.facts().settings['chunkCounting']).toBe('running-usage');
    },
  );

  it('several tokens a step, ids that run ahead, an event without a new token, and a cache hit', async () => {
    const { outcome, sink } = await replayed('sglang-generate-text-speculative');
    expect(outcome.status).toBe('ok');
    expect(sink.chunks.map(({ tokens }) => tokens)).toEqual([1, 3, 1, 4, 4, 3]);
    expect(sink.counts).toEqual({ promptTokens: 4, cachedTokens: 3, outputTokens: 16 });
  });

  it('a request that is given up in its middle', async () => {
    const { outcome, sink } = await replayed('sglang-generate-abort');
    expect(outcome).toMatchObject({ status: 'failed', failure: 'server-error', httpStatus: 200 });
    expect(outcome.message).toContain('Grammar backend timed out');
    expect(sink.tokens).toBe(5);
    expect(sink.ends).toHaveLength(1);
  });

  it('a prompt that its scheduler finds too long', async () => {
    const { outcome, sink } = await replayed('sglang-generate-too-long');
    expect(outcome).toMatchObject({ status: 'failed', failure: 'context-length', httpStatus: 400 });
    expect(outcome.message).toContain('exceeds the maximum allowed length (3 tokens)');
    expect(sink.chunks).toEqual([]);
  });

  it('a refusal as the first event of a stream', async () => {
    const text = requestFor({ prompt: { kind: 'text', text: 'Hello' } });
    const { outcome } = await replayed('sglang-generate-refused', text);
    expect(outcome).toMatchObject({ status: 'failed', failure: 'http-status', httpStatus: 400 });
    expect(outcome.message).toContain('cannot accept text prompts');
    expect(server.bodies()[0]).toMatchObject({ text: 'Hello' });
  });

  it('a refusal before the stream', async () => {
    const { outcome } = await replayed('sglang-generate-unknown-field');
    expect(outcome).toMatchObject({ status: 'failed', failure: 'http-status', httpStatus: 400 });
    expect(outcome.message).toContain('unknown field `max_tokens`');
  });
});

const output = (count: number, more: object = {}): object => ({
  output_ids: [7],
  meta_info: { finish_reason: null, prompt_tokens: 4, completion_tokens: count, cached_tokens: 0, ...more },
});
const ended = { finish_reason: { type: 'length', length: 16 } };
const wholeStream: Script = (_request, socket) =>
  socket.write(
    Buffer.concat([
      Buffer.from(streamHead),
      event(output(1)),
      event(output(16, ended)),
      event('[DONE]'),
      Buffer.from(streamEnd),
    ]),
  );
const refusedWith = (message: string): Buffer =>
  Buffer.concat([
    Buffer.from(streamHead),
    event({ error: { message, type: 'invalid_request_error', code: 400, retryable: false } }),
    event('[DONE]'),
    Buffer.from(streamEnd),
  ]);

describe('what is sent to /generate', () => {
  it('ids and lengths in its own names, and nothing that it does not know', async () => {
    await open(wholeStream);
    const { outcome, sink } = await send(engine);
    expect(outcome.status).toBe('ok');
    expect(sink.chunks.map(({ tokens }) => tokens)).toEqual([1, 15]);
    expect(server.bodies()).toEqual([
      {
        sampling_params: { max_new_tokens: 16, temperature: 0, ignore_eos: true },
        stream: true,
        input_ids: [9707, 1000, 1001, 1002],
      },
    ]);
  });

  it("the user's sampling parameters win one by one", async () => {
    await open(wholeStream);
    const extraArguments = { sampling_params: { top_k: 5, ignore_eos: false }, priority: 1 };
    const { outcome } = await send(engine, requestFor({ temperature: null, extraArguments }));
    expect(outcome.lengthRule).toBe('none');
    expect(server.bodies()[0]).toMatchObject({
      sampling_params: { max_new_tokens: 16, ignore_eos: false, top_k: 5 },
      priority: 1,
    });
  });

  it('min_new_tokens, given up where a server without a tokenizer refuses it', async () => {
    const words =
      'min_new_tokens=8 is unavailable when skip_tokenizer_init=True (requires tokenizer for eos_token_id).';
    await open((request, socket) => {
      if (request.body.includes('min_new_tokens')) socket.write(refusedWith(words));
      else wholeStream(request, socket);
    });
    const { outcome, sink } = await send(engine, requestFor({ minOutputTokens: 8 }));
    expect(outcome).toMatchObject({ status: 'ok', lengthRule: 'none' });
    expect(sink.attempts).toHaveLength(2);
    expect(server.bodies().map(({ sampling_params }) => sampling_params)).toEqual([
      { max_new_tokens: 16, temperature: 0, min_new_tokens: 8 },
      { max_new_tokens: 16, temperature: 0 },
    ]);
    expect(tell.warnings.join(' ')).toContain('refuses min_new_tokens');
  });

  it('without stream: one chunk of an unknown number of tokens', async () => {
    const body = JSON.stringify({ text: ' a', ...output(16, ended) });
    await open((_request, socket) => socket.write(answer(200, body)), {}, false);
    const { outcome, sink } = await send(engine);
    expect(outcome).toMatchObject({ status: 'ok', finishReason: 'length' });
    expect(sink.chunks).toMatchObject([{ tokens: 'unknown' }]);
    expect(sink.counts).toEqual({ promptTokens: 4, cachedTokens: 0, outputTokens: 16 });
    expect(server.bodies()[0]).toMatchObject({ stream: false });
  });
});

const cutAfterTwo = (end: (socket: Socket) => void): Script => {
  return (_request, socket) => {
    socket.write(Buffer.concat([Buffer.from(streamHead), event(output(1)), event(output(2))]));
    setTimeout(() => end(socket), 30);
  };
};

describe('how a stream of /generate ends', () => {
  it.each([
    ['truncated', (socket: Socket) => void socket.write(streamEnd)],
    ['reset', (socket: Socket) => void socket.resetAndDestroy()],
    ['bad-stream', (socket: Socket) => void socket.write(chunk('data: {"output_ids":[1,\n\ndata: [DONE]\n\n'))],
    ['server-error', (socket: Socket) => void socket.write(event({ error: { message: 'gone', code: 400 } }))],
  ])('%s', async (failure, end) => {
    await open(cutAfterTwo(end));
    const { outcome, sink } = await send(engine);
    expect(outcome).toMatchObject({ status: 'failed', failure, httpStatus: 200 });
    expect(sink.tokens).toBe(2);
  });

  it('a cancelled request is dropped at the server', async () => {
    let closed = false;
    await open((request, socket) => {
      socket.on('close', () => (closed = true));
      cutAfterTwo(() => undefined)(request, socket);
    });
    const control = new AbortController();
    const sink = { ...silentSink, chunk: () => control.abort() };
    const outcome = await engine.send(requestFor(), sink, control.signal);
    expect(outcome).toMatchObject({ status: 'failed', failure: 'cancelled' });
    await expect.poll(() => closed).toBe(true);
  });
});

const json =
  (value: object): Script =>
  (_request, socket) =>
    socket.write(answer(200, JSON.stringify(value)));

it('asks an SGLang server who it is, under its newer and its older name', async () => {
  const models = json({ data: [{ id: 'tiny', owned_by: 'sglang', max_model_len: 4096 }] });
  await open(wholeStream, {
    '/v1/models': models,
    '/get_server_info': json({ version: '0.4.9', disable_radix_cache: true }),
  });
  expect(engine.facts()).toMatchObject({ name: 'SGLang', version: '0.4.9', cache: 'off', maxLength: 4096 });
  await engine.close();
  await server.close();
  const info = json({ version: '0.5.23', disable_radix_cache: false });
  await open(wholeStream, { '/v1/models': models, '/server_info': info });
  expect(engine.facts()).toMatchObject({ version: '0.5.23', cache: 'on' });
  expect(server.requests.some(({ path }) => path === '/get_server_info')).toBe(false);
});
