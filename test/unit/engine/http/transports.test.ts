import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Transport } from '../../../../src/engine/http/transport.ts';
import { ask, hasOpenssl, makeKeys, openRoad, plainRoads, secureRoads, TunnelProxy } from './roads.ts';
import { answer, chunk, type Script, ScriptedServer, streamEnd, streamHead } from './scripted-server.ts';

const roads = hasOpenssl ? [...plainRoads, ...secureRoads] : plainRoads;
const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
let keys: ReturnType<typeof makeKeys>;

beforeAll(() => {
  if (!hasOpenssl) return;
  keys = makeKeys();
  // The certificate is made here; what is tested is what comes after it.
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
});

afterAll(() => {
  if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
});

describe.each(roads)('over %s', (road) => {
  const isUndici = road.startsWith('undici');
  let proxy: TunnelProxy;
  let server: ScriptedServer;
  let transport: Transport;
  let url: URL;

  beforeEach(async () => {
    proxy = new TunnelProxy();
    await proxy.listen();
  });

  afterEach(async () => {
    transport.close();
    await server.close();
    await proxy.close();
  });

  async function open(script: Script): Promise<void> {
    const secure = road === 'node:tls' || road === 'undici through a proxy, TLS';
    server = new ScriptedServer({ '/v1/completions': script }, secure ? keys : undefined);
    await server.listen();
    url = new URL(server.url);
    transport = await openRoad(road, url, proxy);
  }

  it('status, reason and headers come as they were sent, the body by its length', async () => {
    await open((_request, socket) =>
      socket.write('HTTP/1.1 404 Not Here\r\nX-One: a \t\r\nx-two: 1\r\nX-Two: 2\r\nContent-Length: 4\r\n\r\nbody'),
    );
    const { heads, text, ends, attempts } = await ask(transport, url);
    expect(heads).toHaveLength(1);
    expect(heads[0]).toMatchObject({ status: 404, reason: 'Not Here' });
    expect(Object.fromEntries(heads[0]?.headers ?? [])).toEqual({
      'x-one': 'a',
      'x-two': '1, 2',
      'content-length': '4',
    });
    expect([text, ends]).toEqual(['body', ['ended']]);
    expect(attempts).toHaveLength(1);
    expect(attempts[0]?.connectNs).toBeGreaterThan(0);
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/v1/completions', body: '{"a":1}' });
    expect(server.requests[0]?.headers).toMatchObject({ host: url.host, 'content-length': '7' });
    if (isUndici) expect(proxy.targets).toEqual([url.host]);
  });

  it('chunks, their extensions and trailers', async () => {
    await open((_request, socket) => {
      socket.write(`${streamHead}5;name="a b"\r\nhello\r\n`);
      setTimeout(() => socket.write('7\r\n, world\r\n0\r\nx-trailer: 1\r\n\r\n'), 10);
    });
    const { text, ends } = await ask(transport, url);
    expect([text, ends]).toEqual(['hello, world', ['ended']]);
  });

  it('a body that ends with the connection', async () => {
    await open((_request, socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'));
    expect((await ask(transport, url)).text).toBe('all of it');
    expect((await ask(transport, url)).attempts.map(({ connectNs }) => connectNs !== null)).toEqual([true]);
  });

  it('interim responses are passed over', async () => {
    await open((_request, socket) =>
      socket.write(`HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${answer(200, '{}')}`),
    );
    const { heads, text } = await ask(transport, url);
    expect([heads.map(({ status }) => status), text]).toEqual([[200], '{}']);
  });

  it('connections are kept and used again', async () => {
    await open((_request, socket) => socket.write(answer(200, '{}')));
    for (let round = 0; round < 4; round++) {
      const { ends, attempts } = await ask(transport, url);
      expect([ends, attempts[0]?.connectNs === null]).toEqual([['ended'], round > 0]);
    }
    expect(server.connections).toBe(1);
    await Promise.all([ask(transport, url), ask(transport, url), ask(transport, url)]);
    expect(server.connections).toBe(3);
  });

  it('a kept connection that died meanwhile is replaced once', async () => {
    await open((request, socket) => {
      const isSecond = server.requests.filter(({ connection }) => connection === request.connection).length > 1;
      if (isSecond) socket.destroy();
      else socket.write(answer(200, '{}'));
    });
    await ask(transport, url);
    const { ends, attempts } = await ask(transport, url);
    expect(ends).toEqual(['ended']);
    expect(attempts.map(({ connectNs }) => connectNs !== null)).toEqual([false, true]);
    expect(server.connections).toBe(2);
  });

  it('a fresh connection that dies is not replaced', async () => {
    await open((_request, socket) => socket.end());
    const { failure, attempts } = await ask(transport, url);
    expect(failure).toMatchObject({ kind: 'reset', message: expect.stringContaining('before it answered') });
    expect(attempts).toHaveLength(1);
  });

  it.each([
    ['by its length', `HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart`],
    ['in chunks', `${streamHead}4\r\npart\r\n`],
  ])('an answer cut off in the middle, %s', async (_name, bytes) => {
    await open((_request, socket) => socket.end(bytes));
    const { failure, text, ends } = await ask(transport, url);
    expect(failure).toMatchObject({
      kind: 'truncated',
      message: expect.stringContaining('in the middle of its answer'),
    });
    expect([text, ends]).toEqual(['part', ['failed']]);
  });

  it('something that is not HTTP', async () => {
    await open((_request, socket) => socket.write('SSH-2.0-OpenSSH_9.9\r\n\r\n'));
    expect((await ask(transport, url)).failure).toMatchObject({
      kind: 'bad-stream',
      message: expect.stringMatching(/HTTP/),
    });
  });

  it('silence before and in the middle of an answer, and one that takes too long', async () => {
    await open((request, socket) => {
      if (request.nth === 1) socket.write(`${streamHead}4\r\npart\r\n`);
      if (request.nth < 2) return;
      socket.write(streamHead);
      const timer = setInterval(() => socket.write(chunk('x')), 20);
      socket.on('close', () => clearInterval(timer));
    });
    expect((await ask(transport, url, { readTimeoutMs: 150 })).failure).toMatchObject({ kind: 'read-timeout' });
    const silent = await ask(transport, url, { readTimeoutMs: 150 });
    expect([silent.failure?.kind, silent.text]).toEqual(['read-timeout', 'part']);
    const long = await ask(transport, url, { totalTimeoutMs: 250 });
    expect(long.failure?.kind).toBe('total-timeout');
    expect(long.text.length).toBeGreaterThan(2);
  });

  it('a dropped request brings nothing more, and the next one is answered', async () => {
    await open((request, socket) => {
      if (request.nth === 0) socket.write(`${streamHead}4\r\npart\r\n`);
      else socket.write(answer(200, '{}'));
    });
    const heard: string[] = [];
    const dropped = await new Promise<() => void>((resolve) => {
      const drop = transport.start(
        Buffer.from(`GET /v1/completions HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`),
        {
          sent: () => heard.push('sent'),
          read: () => undefined,
          head: () => heard.push('head'),
          body: () => setImmediate(() => resolve(drop)),
          ended: () => heard.push('ended'),
          failed: () => heard.push('failed'),
        },
        { connectTimeoutMs: null, readTimeoutMs: null, totalTimeoutMs: null },
      );
    });
    dropped();
    await sleep(30);
    expect(heard).toEqual(['sent', 'head']);
    expect((await ask(transport, url)).text).toBe('{}');
  });

  it('what comes in one write has one stamp, what comes later a later one', async () => {
    await open((_request, socket) => {
      socket.write(streamHead);
      setTimeout(() => socket.write(Buffer.concat([chunk('a'), chunk('b')])), 40);
      setTimeout(() => socket.write(Buffer.concat([chunk('c'), Buffer.from(streamEnd)])), 100);
    });
    const { attempts, stamps, endedNs, text } = await ask(transport, url);
    const [a = 0, b = 0, c = 0] = stamps;
    expect([text, stamps.length]).toEqual(['abc', 3]);
    expect(a).toBe(b);
    expect((a - (attempts[0]?.atNs ?? 0)) / 1e6).toBeGreaterThan(35);
    expect((c - b) / 1e6).toBeGreaterThan(40);
    expect(endedNs).toBeGreaterThanOrEqual(c);
  });
});
