import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { findLocalServers } from '../../../../src/engine/http/local-servers.ts';

async function serving(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  return (server.address() as AddressInfo).port;
}

const json =
  (body: unknown): RequestListener =>
  (_, response) =>
    response.end(JSON.stringify(body));

test('servers that list models are found, in the order of the ports; what answers anything else is none', async () => {
  const paths: (string | undefined)[] = [];
  const two = await serving((request, response) => {
    paths.push(request.url);
    json({ data: [{ id: 'first' }, { id: 'second' }, { name: 'no id' }] })(request, response);
  });
  const one = await serving(json({ object: 'list', data: [{ id: 'third' }] }));
  const others = await Promise.all([
    serving(json({ data: [] })),
    serving(json([])),
    serving((_, response) => response.end('<html>')),
    serving((_, response) => response.writeHead(401).end('{"data":[{"id":"secret"}]}')),
    serving((_, response) => response.writeHead(302, { location: `http://127.0.0.1:${one}/v1/models` }).end()),
    serving((_, response) => response.end(`{"data":[{"id":"${'x'.repeat(2 ** 21)}"}]}`)),
    // Never answers.
    serving(() => undefined),
  ]);
  const ports = [two, ...others, one].map((port) => ({ port, program: 'some' }));
  const begunMs = performance.now();
  expect(await findLocalServers(ports)).toEqual([
    { port: two, program: 'some', url: `http://127.0.0.1:${two}`, models: ['first', 'second'] },
    { port: one, program: 'some', url: `http://127.0.0.1:${one}`, models: ['third'] },
  ]);
  expect(paths).toEqual(['/v1/models']);
  expect(performance.now() - begunMs).toBeLessThan(5000);
});

test('no server, no finding', async () => {
  const port = await serving(json({}));
  expect(await findLocalServers([{ port, program: 'some' }])).toEqual([]);
});
