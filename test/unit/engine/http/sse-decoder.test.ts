import { createParser } from 'eventsource-parser';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SseDecoder } from '../../../../src/engine/http/sse-decoder.ts';
import { cutPlaces, eventStreams, partsOf } from './arbitraries.ts';

interface SeenEvent {
  readonly data: string;
  readonly isError: boolean;
}

// Every part comes in the same buffer, as reads do: what is not copied in time is overwritten.
function decode(parts: readonly Uint8Array[], flush = false): SeenEvent[] {
  const seen: SeenEvent[] = [];
  const decoder = new SseDecoder({
    event: (bytes, start, end, isError) => {
      seen.push({ data: Buffer.from(bytes.subarray(start, end)).toString(), isError });
    },
  });
  const buffer = Buffer.alloc(64 * 1024, 0x58);
  for (const part of parts) {
    buffer.fill(0x58).set(part, 7);
    decoder.feed(buffer, 7, 7 + part.length);
  }
  buffer.fill(0x58);
  if (flush) decoder.flush();
  return seen;
}

function expected(stream: string): SeenEvent[] {
  const seen: SeenEvent[] = [];
  createParser({ onEvent: ({ data, event }) => seen.push({ data, isError: event === 'error' }) }).feed(stream);
  return seen;
}

describe('SseDecoder', () => {
  it('finds the same events as eventsource-parser, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(eventStreams, cutPlaces, (stream, cuts) => {
        expect(decode(partsOf(Buffer.from(stream), cuts))).toEqual(expected(stream));
      }),
      { seed: 11, numRuns: 3000 },
    );
  });

  it('finds them byte by byte and at each single cut', () => {
    const stream =
      ': hi\r\n\r\ndata: {"a":1}\n\ndata:two\r\ndata: lines\r\r\nevent: error\ndata: x\n\nid: 1\ndata\n\ndata: 熵😀\n\n';
    const bytes = Buffer.from(stream);
    const wanted = expected(stream);
    expect(wanted).toHaveLength(5);
    expect(decode([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(wanted);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(decode([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(wanted);
    }
  });

  it('skips a byte order mark, whole or cut, and keeps what only begins like one', () => {
    const marked = Buffer.from('\ufeffdata: a\n\n');
    for (let cut = 0; cut <= marked.length; cut++) {
      expect(decode([marked.subarray(0, cut), marked.subarray(cut)])).toEqual([{ data: 'a', isError: false }]);
    }
    expect(decode([Buffer.from([0xef, 0xbb]), Buffer.from('\ndata: a\n\n')])).toEqual([{ data: 'a', isError: false }]);
  });

  it('takes a field named error for an error', () => {
    expect(decode([Buffer.from('error: {"code":500}\n\n')])).toEqual([{ data: '{"code":500}', isError: true }]);
  });

  it('hands on a last event without its blank line only when flushed', () => {
    const bytes = Buffer.from('data: [DONE]');
    expect(decode([bytes])).toEqual([]);
    expect(decode([bytes.subarray(0, 5), bytes.subarray(5)], true)).toEqual([{ data: '[DONE]', isError: false }]);
    expect(decode([Buffer.from('data: [DONE]\n')], true)).toEqual([{ data: '[DONE]', isError: false }]);
  });

  it('gives up on an event that never ends', () => {
    const decoder = new SseDecoder({ event: () => expect.unreachable() });
    const megabyte = Buffer.alloc(1024 * 1024, 0x61);
    for (let part = 0; part < 20 && !decoder.overflow; part++) decoder.feed(megabyte, 0, megabyte.length);
    expect(decoder.overflow).toBe(true);
  });
});
