import { afterEach, describe, expect, it } from 'vitest';
import type { ChunkSink } from '../../../../src/contract/request.ts';
import { StampingHandler } from '../../../../src/engine/http/stamping-handler.ts';
import { stampReads } from '../../../../src/engine/http/read-stamp.ts';
import type { TokenCounter } from '../../../../src/engine/http/token-counter.ts';
import { openEngine, send } from './engine-under-test.ts';
import { chunk as bytesOfChunk, ScriptedServer, streamEnd, streamHead, token, usage } from './scripted-server.ts';

const event = (count: number, text = 'a'): string => `data: ${JSON.stringify(token(text, usage(4, count)))}\n\n`;

const chunk = (text: string): string => bytesOfChunk(text).toString();

describe('reads that go on as before', () => {
  const seen: [number, unknown][] = [];
  const sink: ChunkSink = {
    sent: () => undefined,
    chunk: (atNs, tokens) => seen.push([atNs, tokens]),
    usage: () => undefined,
    timings: () => undefined,
    ended: () => undefined,
  };

  /** Counts after two events through the decoders. */
  function counterAfterTwo(): TokenCounter {
    seen.length = 0;
    const handler = new StampingHandler(sink);
    const bytes = Buffer.from(event(1) + event(2));
    stampReads(1e6);
    handler.feed(bytes, 0, bytes.length);
    expect(seen).toHaveLength(2);
    const { alike } = handler;
    if (alike === null) throw new Error('nothing goes past the decoders');
    stampReads(7_900_000);
    return alike;
  }

  const taken = (text: string): number => {
    const bytes = Buffer.from(text);
    return counterAfterTwo().takeAlike(bytes, bytes.length);
  };

  it('are taken whole, with the stamp of the read', () => {
    const one = chunk(event(3));
    expect(taken(one + chunk(event(5, 'some more')))).toBe(one.length + chunk(event(5, 'some more')).length);
    expect(seen.slice(2)).toEqual([
      [7_900_000, 1],
      [7_900_000, 2],
    ]);
  });

  it('tell when they came, in milliseconds', () => {
    const counter = counterAfterTwo();
    const bytes = Buffer.from(chunk(event(3)));
    counter.takeAlike(bytes, bytes.length);
    expect(counter.heardMs).toBe(7);
  });

  it.each([
    ['the end of the stream', chunk('data: [DONE]\n\n')],
    ['the last chunk', '0\r\n\r\n'],
    ['half a chunk', chunk(event(4)).slice(0, -9)],
    ['a chunk with an extension', chunk(event(4)).replace('\r\n', ';a=b\r\n')],
    ['two events in a chunk', chunk(event(4) + event(5))],
    ['an event without its blank line', chunk(event(4).slice(0, -1))],
    ['another field', chunk(`event: x\n${event(4)}`)],
    ['another event', chunk(`data: ${JSON.stringify(token('a', {}, { finish_reason: 'stop' }))}\n\n`)],
    ['an error', chunk('data: {"error":{"message":"no"}}\n\n')],
  ])('%s is left to the decoders', (_name, text) => {
    const like = chunk(event(3));
    expect(taken(like + text)).toBe(like.length);
    expect(seen).toHaveLength(3);
  });
});

describe('over a socket', () => {
  let server: ScriptedServer;
  afterEach(() => server.close());

  it('every token is counted once, whatever stands between those that are alike', async () => {
    const last = token('', usage(4, 13), { finish_reason: 'length' });
    const parts = [
      ...[1, 2, 3, 4].map((count) => chunk(event(count))),
      chunk(event(5)) + chunk(event(6)),
      chunk(event(7) + event(8)),
      chunk(event(9)).slice(0, 20),
      chunk(event(9)).slice(20),
      chunk(': ping\n\n'),
      ...[10, 11, 12].map((count) => chunk(event(count))),
      chunk(event(13)) + chunk(`data: ${JSON.stringify(last)}\n\n`),
    ];
    server = new ScriptedServer({
      '/v1/completions': (_request, socket) => {
        socket.write(streamHead);
        for (const [place, part] of [...parts, streamEnd].entries())
          setTimeout(() => socket.write(part), 8 * (place + 1));
      },
    });
    await server.listen();
    const engine = await openEngine(server.url);
    const { outcome, sink } = await send(engine);
    await engine.close();
    expect(outcome).toMatchObject({ status: 'ok', finishReason: 'length' });
    expect(sink.tokens).toBe(13);
    const stamps = sink.chunks.map(({ atNs }) => atNs);
    expect(stamps).toEqual(stamps.toSorted((one, other) => one - other));
    expect(new Set(stamps).size).toBeGreaterThanOrEqual(10);
  });
});
