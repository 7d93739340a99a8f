// The slower check: whole responses over a real socket into undici, the same bytes into Tokometer's decoder.
import { createServer } from 'node:net';

import { Client } from 'undici';

import { readOurs } from './response-readers.js';
import { singleResponse } from './responses.js';

// undici leaves white space after a value in place.
function trimmed(value) {
  return [value]
    .flat()
    .map((text) => text.replace(/[ \t]+$/, ''))
    .join(', ');
}

function sameHeaders(one, other) {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

async function readUndici(client) {
  const response = await client.request({ path: '/', method: 'GET', reset: true });
  const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, trimmed(value)]));
  const body = Buffer.from(await response.body.arrayBuffer());
  return { status: response.statusCode, reason: response.statusText, headers, body };
}

/** Compares `count` valid responses; resolves with those that differ. */
export async function checkAgainstUndici(count, seed) {
  let current = null;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    socket.once('data', () => {
      const { bytes, cuts } = current;
      let from = 0;
      // Each cut is a write of its own, which the kernel may or may not join.
      for (const cut of cuts.length > 40 ? [bytes.length] : cuts) {
        socket.write(bytes.subarray(from, cut));
        from = cut;
      }
      socket.end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const differences = [];
  for (let number = 0; number < count; number++) {
    current = singleResponse(seed, number);
    const client = new Client(origin);
    const wanted = await readUndici(client);
    await client.destroy();
    const { problem, responses } = readOurs(current);
    const [got] = responses;
    const same =
      problem === null &&
      responses.length === 1 &&
      got.state === 'done' &&
      got.status === wanted.status &&
      Buffer.concat(got.parts).equals(wanted.body) &&
      sameHeaders(got.headers, wanted.headers);
    if (!same) differences.push({ number, bytes: current.bytes, ours: { problem, responses }, wanted });
  }
  await new Promise((resolve) => server.close(resolve));
  return differences;
}
