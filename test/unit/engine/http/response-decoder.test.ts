import { createServer, type Server } from 'node:net';
import * as fc from 'fast-check';
import { Client } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maximumHeadBytes, ResponseDecoder } from '../../../../src/engine/http/response-decoder.ts';
import type { ResponseHead } from '../../../../src/engine/http/response-head.ts';
import { cutPlaces, partsOf, responses } from './arbitraries.ts';
import { portOf } from './scripted-server.ts';

interface Decoded {
  readonly heads: readonly ResponseHead[];
  readonly body: Buffer;
  readonly decoder: ResponseDecoder;
  /** Bytes that were left over. */
  readonly left: number;
}

// Every part comes in the same buffer, as reads do.
function decode(parts: readonly Uint8Array[]): Decoded {
  const heads: ResponseHead[] = [];
  const pieces: Buffer[] = [];
  const decoder = new ResponseDecoder({
    head: (head) => heads.push(head),
    body: (bytes, start, end) => pieces.push(Buffer.from(bytes.subarray(start, end))),
  });
  const buffer = Buffer.alloc(256 * 1024);
  let left = 0;
  for (const part of parts) {
    buffer.fill(0x58).set(part, 3);
    left += 3 + part.length - decoder.feed(buffer, 3, 3 + part.length);
  }
  return { heads, body: Buffer.concat(pieces), decoder, left };
}

const decodeText = (text: string): Decoded => decode([Buffer.from(text, 'latin1')]);

describe('ResponseDecoder', () => {
  let server: Server;
  let answer: Buffer = Buffer.alloc(0);

  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  async function byUndici(bytes: Buffer): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
    answer = bytes;
    const client = new Client(`http://127.0.0.1:${portOf(server)}`);
    const response = await client.request({ path: '/', method: 'GET' });
    const body = Buffer.from(await response.body.arrayBuffer());
    await client.destroy();
    return { status: response.statusCode, headers: response.headers, body };
  }

  it('reads what undici reads, wherever the bytes are cut', async () => {
    for (const { bytes, body } of fc.sample(responses, { seed: 21, numRuns: 80 })) {
      const wanted = await byUndici(bytes);
      expect(wanted.body).toEqual(body);
      fc.assert(
        fc.property(cutPlaces, (cuts) => {
          const { heads, body: got, decoder } = decode(partsOf(bytes, cuts));
          expect(decoder.problem).toBe('');
          expect(decoder.close()).toBe(true);
          expect(heads).toHaveLength(1);
          expect(heads[0]?.status).toBe(wanted.status);
          const joined = Object.entries(wanted.headers).map(([name, value]) => [
            name,
            Array.isArray(value) ? value.join(', ') : value,
          ]);
          expect(Object.fromEntries(heads[0]?.headers ?? [])).toEqual(Object.fromEntries(joined));
          expect(got.equals(wanted.body)).toBe(true);
        }),
        { seed: 22, numRuns: 40 },
      );
    }
  });

  it('reads the same at each single cut and byte by byte', () => {
    const bytes = Buffer.from(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n5;a=b\r\nhello\r\nA\r\n, the rest\r\n0\r\nt: 1\r\n\r\n',
    );
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { body, decoder, left } = decode([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect([body.toString(), decoder.state, decoder.keepAlive, left]).toEqual(['hello, the rest', 'done', true, 0]);
    }
    expect(decode([...bytes].map((byte) => Uint8Array.of(byte))).body.toString()).toBe('hello, the rest');
  });

  it.each([
    ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', true],
    ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok', false],
    ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\nConnection: Foo, Close\r\n\r\nok', false],
    ['HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok', false],
    ['HTTP/1.0 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok', true],
    ['HTTP/1.1 200 OK\r\n\r\nok', false],
    ['HTTP/1.1 200 OK\r\ncontent-length: 9\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', false],
  ])('knows whether the connection lives on: %j', (text, keepAlive) => {
    const { body, decoder } = decodeText(text);
    expect([decoder.close(), decoder.keepAlive, body.toString()]).toEqual([true, keepAlive, 'ok']);
  });

  it('takes bare line feeds and leading blank lines', () => {
    expect(decodeText('\r\n\nHTTP/1.1 200 OK\ncontent-length: 2\n\nok').body.toString()).toBe('ok');
  });

  it('leaves bytes after the response alone', () => {
    const { decoder, left } = decodeText('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1');
    expect([decoder.state, left]).toEqual(['done', 8]);
  });

  it.each([
    ['SSH-2.0-OpenSSH_9.9\r\n', 'no HTTP answer'],
    ['HTTP/2 200\r\n\r\n', 'no HTTP/1 answer'],
    ['HTTP/1.1 101 Switching Protocols\r\n\r\n', 'change of protocol'],
    ['HTTP/1.1 200 OK\r\nbroken header\r\n\r\n', 'broken header'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 1, 2\r\n\r\n', 'content-length'],
    ['HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n', 'content-length'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n', 'no number'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\r\n', 'without a size'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nokay\r\n', 'more chunk data'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\rok\r\n', 'carriage return'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffff\r\n', 'too large'],
    // Found by fuzzing.
    ['HTTP/1.1 001 OK\r\n\r\n', 'no HTTP/1 answer'],
    ['HTTP/1.1 200 OK\r\r\n\r\n', 'stray carriage return'],
    ['HTTP/1.1 200 OK\r\n x: folded into nothing\r\n\r\n', 'broken header'],
    ['HTTP/1.1 200 OK\r\nx: a\u007fb\r\n\r\n', 'broken header'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 1\u00a0\r\n\r\n', 'content-length'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\n\nx', 'bare line feed'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: b\rc\r\n\r\n', 'stray carriage return'],
  ])('refuses %j', (text, problem) => {
    const { decoder } = decodeText(text);
    expect(decoder.state).toBe('malformed');
    expect(decoder.problem).toContain(problem);
    expect(decoder.keepAlive).toBe(false);
  });

  it('reads the length of a response whose transfer-encoding is empty, and headers that go on in a second line', () => {
    const { body, heads } = decodeText(
      'HTTP/1.1 200 OK\r\ntransfer-encoding:\r\nx: a\r\n  b\r\ncontent-length: 2\r\n\r\nokay',
    );
    expect([body.toString(), heads[0]?.headers.get('x')]).toEqual(['ok', 'a b']);
  });

  it('shows nothing of its buffer but what came', () => {
    const text = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nSSH-2';
    expect(decodeText(text).decoder.problem).toBe('no HTTP answer; it begins with "SSH-2"');
  });

  it('refuses headers without end', () => {
    expect(decodeText(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(maximumHeadBytes)}`).decoder.problem).toContain('64 KiB');
  });

  it.each([
    'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n',
    'HTTP/1.1 200 OK\r\n',
  ])('is not complete when the server closes early: %j', (text) => {
    expect(decodeText(text).decoder.close()).toBe(false);
  });
});
