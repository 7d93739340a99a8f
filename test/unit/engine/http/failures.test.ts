import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/contract/engine.ts';
import type { OpenAiPlan } from '../../../../src/contract/plan.ts';
import type { FailureKind } from '../../../../src/contract/request.ts';
import { hintFor } from '../../../../src/engine/http/failure-hints.ts';
import { clock, openEngine, RecordingSink, requestFor, send } from './engine-under-test.ts';
import {
  answer,
  chunk,
  event,
  portOf,
  type Script,
  ScriptedServer,
  streamAnswer,
  streamEnd,
  streamHead,
  token,
  usage,
} from './scripted-server.ts';

const stream =
  (...parts: (string | Buffer)[]): Script =>
  (_request, socket) => {
    socket.write(Buffer.concat([streamHead, ...parts].map((part) => Buffer.from(part))));
  };

const failed = (failure: FailureKind): object => ({ status: 'failed', failure });

describe('a failed request is an outcome with its reason', () => {
  let server: ScriptedServer;
  let engine: Engine;

  afterEach(async () => {
    await engine.close();
    await server.close();
  });

  async function answered(script: Script, more: Partial<OpenAiPlan> = {}): ReturnType<typeof send> {
    server = new ScriptedServer({ '/v1/completions': script });
    await server.listen();
    engine = await openEngine(server.url, more);
    const result = await send(engine);
    expect(result.sink.ends).toHaveLength(1);
    return result;
  }

  it('connection refused', async () => {
    server = new ScriptedServer({});
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const port = portOf(closed);
    await new Promise((resolve) => closed.close(resolve));
    await server.listen();
    engine = await openEngine(`http://127.0.0.1:${port}/v1/completions`);
    const { outcome, sink } = await send(engine);
    expect(outcome).toMatchObject(failed('connect'));
    expect(outcome.message).toContain('nothing listens there (ECONNREFUSED)');
    expect([sink.attempts.length, sink.ends.length]).toEqual([0, 1]);
  });

  it('a connection that does not open in time', async () => {
    // An address of TEST-NET-1 (RFC 5737); where the network says so at once, it is a failure to connect.
    server = new ScriptedServer({});
    await server.listen();
    engine = await openEngine('http://192.0.2.1:9/v1/completions', { connectTimeoutMs: 150 });
    const { outcome } = await send(engine);
    expect(['connect', 'connect-timeout']).toContain(outcome.failure);
  });

  it('closed without an answer', async () => {
    const { outcome, sink } = await answered((_request, socket) => socket.end());
    expect(outcome).toMatchObject(failed('reset'));
    expect(outcome.message).toContain('before it answered');
    // The first attempt was on the connection that the questions at the start had opened.
    expect(sink.attempts.map(({ connectNs }) => connectNs !== null)).toEqual([false, true]);
  });

  it('an HTTP error, with the words of the server', async () => {
    const { outcome } = await answered((_request, socket) =>
      socket.write(answer(500, '{"error":{"message":"out of\\nmemory \\u001b[31m"}}')),
    );
    expect(outcome).toMatchObject({ ...failed('http-status'), httpStatus: 500 });
    expect(outcome.message).toBe('HTTP 500 Status: out of memory');
  });

  it('a validation error of FastAPI', async () => {
    const body = '{"detail":[{"loc":["body","prompt"],"msg":"Field required"}]}';
    const { outcome } = await answered((_request, socket) => socket.write(answer(422, body)));
    expect(outcome.message).toContain('body.prompt: Field required');
  });

  it('a redirect', async () => {
    const { outcome } = await answered((_request, socket) =>
      socket.write(answer(307, '', 'text/plain', 'location: http://elsewhere/\r\n')),
    );
    expect(outcome).toMatchObject({ ...failed('http-status'), httpStatus: 307 });
    expect(outcome.message).toContain('redirects to http://elsewhere/');
  });

  it.each([
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
    'the request exceeds the available context size. try increasing the context size (exceed_context_size_error)',
  ])('a prompt over the context limit: %s', async (words) => {
    const { outcome } = await answered((_request, socket) =>
      socket.write(answer(400, JSON.stringify({ error: { message: words } }))),
    );
    expect(outcome).toMatchObject({ ...failed('context-length'), httpStatus: 400 });
    expect(outcome.message).toContain(words.slice(0, 40));
  });

  it('HTML in place of JSON', async () => {
    const page = '<!DOCTYPE html><html><head><title>Welcome</title></head></html>';
    const { outcome } = await answered((_request, socket) => socket.write(answer(200, page, 'text/html')));
    expect(outcome).toMatchObject(failed('not-json'));
    expect(outcome.message).toContain('"Welcome"');
  });

  it('HTML that claims to be nothing', async () => {
    const { outcome } = await answered((_request, socket) =>
      socket.write(answer(200, '\n<html></html>', 'application/octet-stream')),
    );
    expect(outcome).toMatchObject(failed('not-json'));
  });

  it('something that is not HTTP', async () => {
    const { outcome } = await answered((_request, socket) => socket.write('SSH-2.0-OpenSSH_9.9\r\n'));
    expect(outcome).toMatchObject(failed('bad-stream'));
    expect(outcome.message).toContain('no HTTP answer');
  });

  it('broken JSON in a stream; the stamps before it stay', async () => {
    const { outcome, sink } = await answered(
      stream(event(token('a')), event(token('b')), event('{"choices":[{"text":"c"')),
    );
    expect(outcome).toMatchObject(failed('bad-stream'));
    expect(outcome.message).toContain('after 2 chunks');
    expect(sink.chunks).toHaveLength(2);
  });

  it('bytes that are not UTF-8', async () => {
    const bad = Buffer.concat([
      Buffer.from('data: {"choices":[{"text":"'),
      Buffer.of(0xe7, 0x86),
      Buffer.from('"}]}\n\n'),
    ]);
    const { outcome, sink } = await answered(stream(event(token('a')), chunk(bad)));
    expect(outcome).toMatchObject(failed('bad-utf8'));
    expect(sink.chunks).toHaveLength(1);
  });

  it('an error event in the middle, though [DONE] follows', async () => {
    const { outcome, sink } = await answered(
      stream(event(token('a')), event({ error: { message: 'engine died' } }), event('[DONE]'), streamEnd),
    );
    expect(outcome).toMatchObject({ ...failed('server-error'), httpStatus: 200 });
    expect(outcome.message).toBe('The server reported an error: engine died');
    expect(sink.chunks).toHaveLength(1);
  });

  it('an event that is named an error', async () => {
    const { outcome } = await answered(stream(chunk('event: error\ndata: {"message":"overloaded"}\n\n')));
    expect(outcome).toMatchObject(failed('server-error'));
    expect(outcome.message).toContain('overloaded');
  });

  it('a stream that ends without [DONE] and finish reason', async () => {
    const { outcome, sink } = await answered(stream(event(token('a')), streamEnd));
    expect(outcome).toMatchObject(failed('truncated'));
    expect(sink.chunks).toHaveLength(1);
  });

  it('a connection that closes in the middle', async () => {
    const { outcome } = await answered((_request, socket) => socket.end(streamHead + event(token('a')).toString()));
    expect(outcome).toMatchObject(failed('truncated'));
  });

  it('a reset in the middle of a token', async () => {
    const { outcome, sink } = await answered((_request, socket) => {
      socket.write(streamHead + event(token('a')).toString() + event(token('b')).toString().slice(0, 30));
      setTimeout(() => socket.resetAndDestroy(), 30);
    });
    expect(outcome).toMatchObject(failed('reset'));
    expect(outcome.message).toContain('ECONNRESET');
    expect(sink.chunks).toHaveLength(1);
  });

  it('a hang in the middle of a token', async () => {
    const startedMs = performance.now();
    const { outcome, sink } = await answered(stream(event(token('a')), 'a5\r\ndata: {'), { readTimeoutMs: 200 });
    expect(outcome).toMatchObject(failed('read-timeout'));
    expect(outcome.message).toContain('200 ms');
    expect(sink.chunks).toHaveLength(1);
    expect(performance.now() - startedMs).toBeGreaterThan(190);
  });

  it('a server that never answers', async () => {
    const { outcome } = await answered(() => undefined, { readTimeoutMs: 150 });
    expect(outcome).toMatchObject(failed('read-timeout'));
  });

  it('a silence on a fresh connection, whose own limit is far', async () => {
    const { outcome, sink } = await answered(
      (request, socket) => {
        // The first attempt is on the connection of the questions at the start.
        if (request.nth === 0) socket.resetAndDestroy();
      },
      { connectTimeoutMs: 60_000, readTimeoutMs: 150 },
    );
    expect(outcome).toMatchObject(failed('read-timeout'));
    expect(sink.attempts).toHaveLength(2);
  });

  it('an answer that goes on for too long; each token is in time', async () => {
    const { outcome, sink } = await answered(
      (_request, socket) => {
        socket.write(streamHead);
        const timer = setInterval(() => socket.write(event(token('a'))), 20);
        socket.on('close', () => clearInterval(timer));
      },
      { readTimeoutMs: 5000, totalTimeoutMs: 300 },
    );
    expect(outcome).toMatchObject(failed('total-timeout'));
    expect(sink.chunks.length).toBeGreaterThan(3);
  });

  it('no token at all', async () => {
    const { outcome } = await answered(
      stream(event(token('', {}, { finish_reason: 'stop' })), event('[DONE]'), streamEnd),
    );
    expect(outcome).toMatchObject({ ...failed('no-tokens'), finishReason: 'stop' });
  });

  it('an empty answer', async () => {
    const { outcome } = await answered((_request, socket) => socket.write(answer(200, '', 'text/event-stream')));
    expect(outcome).toMatchObject(failed('truncated'));
  });

  it('a compressed answer', async () => {
    const { outcome } = await answered((_request, socket) =>
      socket.write(answer(200, 'x', 'text/event-stream', 'content-encoding: gzip\r\n')),
    );
    expect(outcome.message).toContain('compressed');
  });

  it('cancelled before and while it is answered', async () => {
    server = new ScriptedServer({ '/v1/completions': stream(event(token('a'))) });
    await server.listen();
    engine = await openEngine(server.url);
    const before = new RecordingSink();
    expect(await engine.send(requestFor(), before, AbortSignal.abort())).toMatchObject(failed('cancelled'));
    expect([before.attempts.length, before.ends.length]).toEqual([0, 1]);
    const during = new RecordingSink();
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 100);
    expect(await engine.send(requestFor(), during, abort.signal)).toMatchObject(failed('cancelled'));
    expect([during.chunks.length, during.ends.length]).toEqual([1, 1]);
  });

  it('the next request after a failure is answered', async () => {
    const { outcome } = await answered((request, socket) => {
      if (request.nth < 2) socket.resetAndDestroy();
      else streamAnswer(request, socket);
    });
    expect(outcome).toMatchObject(failed('reset'));
    expect((await send(engine)).outcome.status).toBe('ok');
  });

  it('what was complete stays complete when the connection fails or hangs afterwards', async () => {
    const { outcome } = await answered((_request, socket) => {
      socket.write(
        Buffer.concat([Buffer.from(streamHead), event(token('a', {}, { finish_reason: 'length' })), event('[DONE]')]),
      );
    });
    expect(outcome.status).toBe('ok');
    await engine.close();
    await server.close();
    const second = await answered((_request, socket) => {
      socket.write(Buffer.concat([Buffer.from(streamHead), event(token('a', {}, { finish_reason: 'length' }))]));
      setTimeout(() => socket.resetAndDestroy(), 30);
    });
    expect(second.outcome.status).toBe('ok');
  });
});

describe('timing', () => {
  it('stamps are in order, chunks of one write share the stamp, and connecting is counted apart', async () => {
    const server = new ScriptedServer({
      '/v1/completions': (_request, socket) => {
        socket.write(streamHead);
        setTimeout(
          () => socket.write(Buffer.concat([event(token('a', usage(4, 1))), event(token('b', usage(4, 3)))])),
          60,
        );
        const last = [
          event(token('c', usage(4, 4), { finish_reason: 'length' })),
          event('[DONE]'),
          Buffer.from(streamEnd),
        ];
        setTimeout(() => socket.write(Buffer.concat(last)), 120);
      },
    });
    await server.listen();
    const engine = await openEngine(server.url);
    // The questions at the start left a few open connections; more requests beside need their own.
    const beganNs = clock.nowNs();
    const sent = await Promise.all(Array.from({ length: 6 }, () => send(engine)));
    for (const { outcome, sink } of sent) {
      expect(outcome.status).toBe('ok');
      const [attempt] = sink.attempts;
      const [a, b, c] = sink.chunks;
      expect(sink.chunks.map(({ tokens }) => tokens)).toEqual([1, 2, 1]);
      expect(attempt?.atNs).toBeGreaterThanOrEqual(beganNs);
      expect(((a?.atNs ?? 0) - (attempt?.atNs ?? 0)) / 1e6).toBeGreaterThan(50);
      expect(a?.atNs).toBe(b?.atNs);
      expect(((c?.atNs ?? 0) - (a?.atNs ?? 0)) / 1e6).toBeGreaterThan(40);
      expect(sink.ends[0]).toBeGreaterThanOrEqual(c?.atNs ?? Infinity);
    }
    expect(sent[0]?.sink.attempts[0]?.connectNs).toBeNull();
    expect(sent.at(-1)?.sink.attempts[0]?.connectNs).toBeGreaterThan(0);
    await engine.close();
    await server.close();
  });
});

describe('hintFor', () => {
  it('is one sentence for every kind', () => {
    const kinds: FailureKind[] = ['connect', 'read-timeout', 'context-length', 'cancelled', 'no-tokens', 'truncated'];
    for (const kind of kinds) expect(hintFor(kind)).toMatch(/^[A-Z].*\.$/);
    expect(hintFor('context-length')).toContain('--max-tokens');
  });
});
