import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseProxy, isLocalHost } from '../../../../src/engine/http/proxy-choice.ts';
import { openEngine, send, Told } from './engine-under-test.ts';
import { TunnelProxy } from './roads.ts';
import { portOf, ScriptedServer, streamAnswer } from './scripted-server.ts';

const proxyOf = (url: string, environment: Record<string, string>, proxy: string | null = null): string | null =>
  chooseProxy({ url: new URL(url), proxy, environment }).proxy?.href ?? null;

describe('isLocalHost', () => {
  it.each([
    'localhost',
    'api.localhost',
    '127.0.0.1',
    '127.8.9.1',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.1.1',
    '[fe80::1]',
    '[fd00::5]',
    '[::ffff:10.0.0.1]',
    'gpu-box',
    'gpu-box.local',
    'vllm.internal',
    'box.home.arpa.',
  ])('%s is local', (host) => {
    expect(isLocalHost(new URL(`http://${host}/`).hostname)).toBe(true);
  });

  it.each(['api.example.com', '8.8.8.8', '172.32.0.1', '100.128.0.1', '[2001:db8::1]', 'local.example', '11.0.0.1'])(
    '%s is public',
    (host) => {
      expect(isLocalHost(new URL(`http://${host}/`).hostname)).toBe(false);
    },
  );
});

describe('chooseProxy', () => {
  const variables = {
    HTTPS_PROXY: 'http://secure:1',
    HTTP_PROXY: 'http://plain:2',
    ALL_PROXY: 'http://all:3',
  };

  it('takes the variable of the scheme, lower case first, then ALL_PROXY', () => {
    expect(proxyOf('https://api.example.com/', variables)).toBe('http://secure:1/');
    expect(proxyOf('http://api.example.com/', variables)).toBe('http://plain:2/');
    expect(proxyOf('https://api.example.com/', { ...variables, https_proxy: 'http://lower:4' })).toBe(
      'http://lower:4/',
    );
    expect(proxyOf('https://api.example.com/', { ALL_PROXY: 'all:3' })).toBe('http://all:3/');
    expect(proxyOf('https://api.example.com/', { HTTPS_PROXY: '' })).toBeNull();
  });

  it('never sends a local address through a proxy of the environment, but through --proxy', () => {
    for (const url of ['http://127.0.0.1:8000/', 'http://gpu-box:8000/', 'https://192.168.7.7/', 'http://[::1]:1/']) {
      expect(proxyOf(url, variables)).toBeNull();
      expect(proxyOf(url, {}, 'http://given:5')).toBe('http://given:5/');
    }
  });

  it.each([
    ['*', true],
    ['example.com', true],
    ['.example.com', true],
    ['*.example.com', true],
    ['other.org, api.example.com', true],
    ['api.example.com:443', true],
    ['api.example.com:8443', false],
    ['ample.com', false],
    ['api', false],
    ['', false],
  ])('NO_PROXY=%s', (exceptions, excepted) => {
    expect(proxyOf('https://api.example.com/v1', { ...variables, NO_PROXY: exceptions }) === null).toBe(excepted);
  });

  it.each([
    ['8.8.8.8', true],
    ['8.8.0.0/16', true],
    ['8.9.0.0/16', false],
    ['8.8.8.8/99', false],
    ['2001:db8::/32', false],
  ])('NO_PROXY=%s for 8.8.8.8', (exceptions, excepted) => {
    expect(proxyOf('https://8.8.8.8/', { ...variables, no_proxy: exceptions }) === null).toBe(excepted);
  });

  it('NO_PROXY with IPv6', () => {
    expect(proxyOf('https://[2001:db8::7]/', { ...variables, NO_PROXY: '2001:db8::/32' })).toBeNull();
    expect(proxyOf('https://[2001:db8::7]:1/', { ...variables, NO_PROXY: '[2001:db8::7]:1' })).toBeNull();
  });

  it('says which proxy is used and why, without its password', () => {
    const { note } = chooseProxy({
      url: new URL('https://api.example.com/'),
      proxy: null,
      environment: { HTTPS_PROXY: 'http://me:hush@proxy.example:3128' },
    });
    expect(note).toBe(
      'Requests go through the proxy http://***@proxy.example:3128 (HTTPS_PROXY; NO_PROXY leaves a host out).',
    );
    const socks = chooseProxy({
      url: new URL('https://api.example.com/'),
      proxy: null,
      environment: { all_proxy: 'socks5://me:hush@proxy:1080' },
    });
    expect([socks.proxy, socks.note]).toEqual([
      null,
      'all_proxy names no http:// or https:// proxy (socks5://***@proxy:1080): requests go directly.',
    ]);
  });
});

describe('an engine with --proxy', () => {
  let proxy: TunnelProxy;
  let server: ScriptedServer;

  beforeEach(async () => {
    proxy = new TunnelProxy();
    await proxy.listen();
    server = new ScriptedServer({ '/v1/completions': streamAnswer });
    await server.listen();
  });

  afterEach(async () => {
    await proxy.close();
    await server.close();
  });

  it('tunnels with the credentials, tells it once and masks them in its facts', async () => {
    const tell = new Told();
    const given = `http://me:h%40sh@${proxy.url.host}/`;
    const engine = await openEngine(server.url, { proxy: given, testConnection: true }, { tell });
    const { outcome, sink } = await send(engine);
    expect([outcome.status, sink.tokens]).toEqual(['ok', 16]);
    expect(proxy.authorizations[0]).toBe(`Basic ${Buffer.from('me:h@sh').toString('base64')}`);
    const masked = `http://***@${proxy.url.host}`;
    expect(engine.facts().settings).toMatchObject({ transport: 'undici', proxy: masked, http2: false });
    expect(tell.notes).toEqual([`Requests go through the proxy ${masked} (--proxy).`]);
    expect(JSON.stringify([tell.notes, tell.warnings, tell.debugs, engine.facts()])).not.toMatch(/h@sh|h%40sh/);
    await engine.close();
  });

  it('says what the proxy refused', async () => {
    proxy.refusal = 'HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n';
    const engine = await openEngine(server.url, { proxy: proxy.url.href });
    const { outcome } = await send(engine);
    expect(outcome).toMatchObject({
      failure: 'connect',
      message: expect.stringContaining('HTTP 407; give its user name'),
    });
    await engine.close();
  });

  it('says that the proxy is not there', async () => {
    const gone = new TunnelProxy();
    await gone.listen();
    const address = gone.url.href;
    await gone.close();
    const engine = await openEngine(server.url, { proxy: address });
    const { outcome } = await send(engine);
    expect(outcome.failure).toBe('connect');
    expect(outcome.message).toContain(`the proxy ${address.slice(0, -1)}: nothing listens there (ECONNREFUSED)`);
    await engine.close();
  });

  it('gives up on a proxy that never answers', async () => {
    const deaf = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const proxied = { proxy: `http://127.0.0.1:${portOf(deaf)}`, connectTimeoutMs: 150 };
    const engine = await openEngine(server.url, proxied);
    expect((await send(engine)).outcome.failure).toBe('connect-timeout');
    await engine.close();
    await new Promise((resolve) => deaf.close(resolve));
  });

  it('an unset proxy leaves plain sockets', async () => {
    const engine = await openEngine(server.url);
    expect(engine.facts().settings).toMatchObject({ transport: 'node:net', proxy: null, http2: false });
    await engine.close();
  });
});
