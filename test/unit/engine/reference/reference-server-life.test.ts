import { connect, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startReferenceServer, type ReferenceServer } from '../../../../src/engine/reference/reference-server.ts';
import type { ReferenceServerOptions } from '../../../../src/engine/reference/server-options.ts';
import { ask, plainOptions, RawClient } from './raw-client.ts';

const open: ReferenceServer[] = [];

async function serve(options: Partial<ReferenceServerOptions> = {}): Promise<ReferenceServer> {
  const server = await startReferenceServer({ ...plainOptions, ...options });
  open.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

/** All bytes that come back until the server closes the connection. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (part) => parts.push(part));
    socket.once('error', reject);
    socket.once('end', () => resolve(Buffer.concat(parts).toString('utf8')));
  });
}

const completion = { model: 'scripted', prompt: [1000, 1001, 1002, 1003], max_tokens: 4, stream: true };
const chat = { model: 'scripted', messages: [{ role: 'user', content: 'Hello there' }], max_tokens: 4, stream: true };

describe('the life of the server', () => {
  it('says which port is taken, and how to choose another', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', resolve);
    });
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(startReferenceServer({ ...plainOptions, port })).rejects.toMatchObject({
      code: 'E_PORT_IN_USE',
      exitCode: 3,
      message: expect.stringContaining(String(port)),
      hint: expect.stringContaining('--port'),
    });
    await new Promise((resolve) => {
      taken.close(resolve);
    });
  });

  it('says which address it can not have', async () => {
    await expect(startReferenceServer({ ...plainOptions, host: '203.0.113.7' })).rejects.toMatchObject({
      code: 'E_ENGINE_START',
      hint: expect.stringContaining('--host'),
    });
  });

  it('closes at once with streams and idle connections open, and leaves no handle', async () => {
    const server = await startReferenceServer({ ...plainOptions, timing: { ...plainOptions.timing, itlMs: 5000 } });
    const idle = await RawClient.open(server.port);
    const busy = ask(server.port, { path: '/v1/completions', body: completion }, 5000);
    await new Promise((resolve) => {
      setTimeout(resolve, 60);
    });
    const begin = performance.now();
    await server.close();
    expect(performance.now() - begin).toBeLessThan(1000);
    expect(await busy).toMatchObject({ complete: false });
    idle.close();
    await expect
      .poll(() => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')), { timeout: 2000 })
      .toEqual([]);
  });

  it('survives clients that leave in the middle, and senders of garbage', async () => {
    const { port } = await serve({ timing: { ...plainOptions.timing, itlMs: 20 } });
    for (const body of [completion, chat]) {
      const path = body === chat ? '/v1/chat/completions' : '/v1/completions';
      const leaver = await RawClient.open(port);
      void leaver.send({ path, body }, 200);
      await new Promise((resolve) => {
        setTimeout(resolve, 30);
      });
      leaver.close();
    }
    const garbage = await ask(port, { method: 'NOT A METHOD', path: '/ / /' });
    expect(garbage.status).toBe(400);
    await new Promise((resolve) => {
      setTimeout(resolve, 60);
    });
    expect(await ask(port, { path: '/v1/completions', body: completion })).toMatchObject({ status: 200 });
  });

  it('answers HTTP/1.0 without chunks, and pipelined requests in turn', async () => {
    const { port } = await serve();
    const body = JSON.stringify(completion);
    const head = (version: string) =>
      `POST /v1/completions HTTP/${version}\r\nhost: test\r\ncontent-length: ${body.length}`;
    const old = await exchange(port, `${head('1.0')}\r\n\r\n${body}`);
    expect(old.slice(old.indexOf('\r\n\r\n') + 4)).toMatch(/^data: \{[^\r]*data: \[DONE\]\n\n$/);
    const last = `${head('1.1')}\r\nconnection: close\r\n\r\n${body}`;
    const [, first = '', second = ''] = (await exchange(port, `${head('1.1')}\r\n\r\n${body}${last}`)).split(
      'HTTP/1.1 200 OK',
    );
    for (const [text, index] of [
      [first, 1],
      [second, 2],
    ] as const) {
      expect(text.match(/cmpl-\d+/g)).toEqual(
        Array.from({ length: 4 }, () => `cmpl-${index.toString().padStart(16, '0')}`),
      );
      expect(text).toMatch(/data: \[DONE\]\n\n\r\n0\r\n\r\n$/);
    }
  });

  it('keeps a connection for the next request', async () => {
    const { port } = await serve();
    const client = await RawClient.open(port);
    for (let index = 0; index < 3; index++) {
      const answer = await client.send({ path: '/v1/completions', body: completion });
      expect(answer).toMatchObject({ complete: true, socketEnd: 'open' });
    }
    client.close();
  });
});
