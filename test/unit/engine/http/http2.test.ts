import {
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Transport } from '../../../../src/engine/http/transport.ts';
import { openEngine, send, Told } from './engine-under-test.ts';
import { ask, hasOpenssl, makeKeys, openRoad, TunnelProxy } from './roads.ts';
import { portOf, ScriptedServer, streamAnswer } from './scripted-server.ts';

type Answer = (stream: ServerHttp2Stream, nth: number) => void;
const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];

const whole: Answer = (stream) => {
  stream.respond({ ':status': 200, 'x-one': 'a' });
  stream.end('{}');
};

describe.skipIf(!hasOpenssl)(hasOpenssl ? 'HTTP/2' : 'HTTP/2 (skipped: no openssl here)', () => {
  let keys: { key: string; cert: string };
  let server: Http2SecureServer;
  let transport: Transport;
  let url: URL;
  const proxy = new TunnelProxy();
  const sessions: ServerHttp2Session[] = [];
  const sockets: Socket[] = [];

  beforeAll(async () => {
    keys = makeKeys();
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    await proxy.listen();
  });

  afterAll(async () => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    await proxy.close();
  });

  afterEach(async () => {
    transport.close();
    for (const session of sessions.splice(0)) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  async function open(answer: Answer): Promise<void> {
    let nth = 0;
    server = createSecureServer(keys);
    server.on('session', (session) => sessions.push(session));
    server.on('connection', (socket) => sockets.push(socket));
    server.on('sessionError', () => undefined);
    server.on('stream', (stream) => {
      stream.on('error', () => undefined);
      answer(stream, nth++);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = new URL(`https://localhost:${portOf(server)}/v1/completions`);
    transport = await openRoad('undici with HTTP/2', url, proxy);
  }

  it('status, headers and body come; interim responses and trailers are passed over', async () => {
    await open((stream) => {
      stream.additionalHeaders({ ':status': 103, link: '</a>' });
      stream.respond({ ':status': 404, 'x-one': ['1', '2'] }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-trailer': '1' }));
      stream.end('body');
    });
    const { heads, text, ends } = await ask(transport, url);
    expect([heads.map(({ status }) => status), text, ends]).toEqual([[404], 'body', ['ended']]);
    expect(heads[0]?.headers.get('x-one')).toBe('1, 2');
  });

  it('requests in flight share a connection, which is kept', async () => {
    await open((stream) => void setTimeout(() => whole(stream, 0), 20));
    const first = await Promise.all(Array.from({ length: 30 }, () => ask(transport, url)));
    expect(first.map(({ ends }) => ends[0])).toEqual(Array.from({ length: 30 }, () => 'ended'));
    expect(first.every(({ attempts }) => attempts[0]?.connectNs !== null)).toBe(true);
    const later = await ask(transport, url);
    expect([later.attempts[0]?.connectNs, sessions.length]).toEqual([null, 1]);
  });

  it('a kept connection that died is replaced once', async () => {
    await open((stream, nth) => {
      if (nth === 1) stream.session?.destroy();
      else whole(stream, nth);
    });
    await ask(transport, url);
    const { ends, attempts } = await ask(transport, url);
    expect(ends).toEqual(['ended']);
    expect(attempts.map(({ connectNs }) => connectNs !== null)).toEqual([false, true]);
  });

  it('a connection that dies takes all its requests along, each with its reason', async () => {
    await open((stream, nth) => {
      stream.respond({ ':status': 200 });
      stream.write('part');
      if (nth === 3) setTimeout(() => sockets.at(-1)?.resetAndDestroy(), 30);
    });
    const results = await Promise.all([1, 2, 3, 4].map(() => ask(transport, url)));
    for (const { failure, text, attempts } of results) {
      expect(['reset', 'truncated']).toContain(failure?.kind);
      expect(failure?.message).toContain('in the middle of its answer');
      expect([text, attempts.length]).toEqual(['part', 1]);
    }
  });

  it('a stream that is reset fails alone', async () => {
    await open((stream, nth) => {
      if (nth === 0) stream.close(2);
      else setTimeout(() => whole(stream, nth), 40);
    });
    const [first, second] = await Promise.all([ask(transport, url), ask(transport, url)]);
    expect(first.failure).toMatchObject({ kind: 'reset', message: expect.stringContaining('before it answered') });
    expect([second.ends, sessions.length]).toEqual([['ended'], 1]);
  });

  it('silence is held to its limit, and the connection lives on', async () => {
    await open((stream, nth) => {
      if (nth > 0) whole(stream, nth);
    });
    expect((await ask(transport, url, { readTimeoutMs: 120 })).failure?.kind).toBe('read-timeout');
    expect((await ask(transport, url)).attempts[0]?.connectNs).toBeNull();
  });

  it('a server without HTTP/2 is refused with the reason', async () => {
    await open(whole);
    const plain = new ScriptedServer({ '/v1/completions': streamAnswer }, keys);
    await plain.listen();
    const there = new URL(plain.url);
    const other = await openRoad('undici with HTTP/2', there, proxy);
    const { failure } = await ask(other, there);
    expect(failure).toMatchObject({ kind: 'connect', message: 'it does not speak HTTP/2 over TLS: leave out --http2' });
    other.close();
    await plain.close();
  });

  it('an engine streams over it, and through a tunnel too', async () => {
    await open((stream) => {
      if (stream.closed) return;
      let body = '';
      stream.on('data', (bytes: Buffer) => (body += bytes.toString()));
      stream.on('end', () => {
        if (body === '') {
          stream.respond({ ':status': 404 });
          stream.end();
          return;
        }
        stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
        for (let count = 1; count <= 16; count++) {
          const choice = { text: 't', finish_reason: count === 16 ? 'length' : null };
          const counts = { prompt_tokens: 4, completion_tokens: count };
          stream.write(`data: ${JSON.stringify({ choices: [choice], usage: counts })}\n\n`);
        }
        stream.end('data: [DONE]\n\n');
      });
    });
    for (const through of [null, proxy.url.href]) {
      const tell = new Told();
      const engine = await openEngine(url.href, { http2: true, proxy: through, testConnection: true }, { tell });
      const { outcome, sink } = await send(engine);
      expect([outcome.status, sink.tokens]).toEqual(['ok', 16]);
      expect(engine.facts().settings).toMatchObject({ transport: 'undici', http2: true });
      expect(tell.notes.filter((note) => note.includes('proxy'))).toHaveLength(through === null ? 0 : 1);
      await engine.close();
    }
    expect(new Set(proxy.targets)).toEqual(new Set([url.host]));
  });
});
