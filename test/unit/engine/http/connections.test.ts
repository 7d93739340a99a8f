import { afterEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/contract/engine.ts';
import type { OpenAiPlan } from '../../../../src/contract/plan.ts';
import { openEngine, requestFor, send } from './engine-under-test.ts';
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

afterEach(async () => {
  await engine.close();
  await server.close();
});

async function open(script: Script, more: Partial<OpenAiPlan> = {}): Promise<void> {
  server = new ScriptedServer({ '/v1/completions': script });
  await server.listen();
  engine = await openEngine(server.url, more);
}

describe('connections', () => {
  it('are kept and used again, one for each request in flight', async () => {
    await open(streamAnswer);
    for (let round = 0; round < 3; round++) {
      const results = await Promise.all([send(engine), send(engine), send(engine)]);
      expect(results.map(({ outcome }) => outcome.status)).toEqual(['ok', 'ok', 'ok']);
    }
    expect(server.connections).toBe(3);
  });

  it('that died meanwhile are replaced once, with a new start of the clock', async () => {
    await open((request, socket) => {
      // As llama-server does: a connection takes one streamed answer only.
      const before = server.requests.filter(
        ({ connection, path }) => connection === request.connection && path === request.path,
      );
      if (before.length > 1) socket.resetAndDestroy();
      else streamAnswer(request, socket);
    });
    expect((await send(engine)).sink.attempts).toHaveLength(1);
    const { outcome, sink } = await send(engine);
    expect(outcome.status).toBe('ok');
    expect(sink.attempts.map(({ connectNs }) => connectNs === null)).toEqual([true, false]);
    expect(sink.attempts[1]?.atNs).toBeGreaterThan(sink.attempts[0]?.atNs ?? Infinity);
    expect(sink.tokens).toBe(16);
    for (let round = 0; round < 4; round++) expect((await send(engine)).outcome.status).toBe('ok');
    // Three in a row are enough: no more connections are kept then.
    expect((await send(engine)).sink.attempts).toHaveLength(1);
  });

  it('that the server closes after each answer are not used again', async () => {
    await open((_request, socket) => {
      socket.write(streamHead.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'));
      socket.end(
        Buffer.concat([
          event(token('a', usage(4, 1), { finish_reason: 'length' })),
          event('[DONE]'),
          Buffer.from(streamEnd),
        ]),
      );
    });
    const request = requestFor({ outputTokens: 1, minOutputTokens: 1 });
    for (let round = 0; round < 3; round++) {
      const { outcome, sink } = await send(engine, request);
      expect([outcome.status, sink.attempts.length]).toEqual(['ok', 1]);
    }
  });
});

describe('without streaming', () => {
  it('one body is one chunk of an unknown number of tokens', async () => {
    const body = { choices: [{ text: 'abc', finish_reason: 'length' }], ...usage(4, 16) };
    await open((_request, socket) => socket.write(answer(200, JSON.stringify(body))), { stream: false });
    const { outcome, sink } = await send(engine);
    expect(outcome).toMatchObject({ status: 'ok', finishReason: 'length' });
    expect(sink.chunks.map(({ tokens }) => tokens)).toEqual(['unknown']);
    expect(sink.counts?.outputTokens).toBe(16);
    expect(server.bodies()[0]).toMatchObject({ stream: false });
    expect(server.bodies()[0]).not.toHaveProperty('stream_options');
  });

  it('a broken body is not JSON', async () => {
    await open((_request, socket) => socket.write(answer(200, '{"choices":[')), { stream: false });
    expect((await send(engine)).outcome.failure).toBe('not-json');
  });
});
