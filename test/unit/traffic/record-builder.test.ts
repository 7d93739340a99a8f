import { describe, expect, it } from 'vitest';
import { LiveCounters } from '../../../src/base/live-counters.ts';
import type { RequestRecord } from '../../../src/contract/record.ts';
import type { ChunkTokens, Outcome } from '../../../src/contract/request.ts';
import { RecordBuilder, type RecordEnd } from '../../../src/traffic/record-builder.ts';

const ok: Outcome = {
  status: 'ok',
  failure: null,
  message: null,
  httpStatus: 200,
  finishReason: 'length',
  lengthRule: 'ignore_eos',
};

const end: RecordEnd = {
  item: {
    point: { index: 7, promptTokens: 6144, outputTokens: 4 },
    cell: 'p6144-g4',
    execution: 1,
    repetition: 2,
    phase: 'measured',
    shard: 3,
  },
  dueNs: 5,
  nowNs: 999,
  outcome: ok,
  countSource: 'server-usage',
};

const noUsage = { promptTokens: null, cachedTokens: null, outputTokens: null };
const perTokenTimings = { promptMs: null, decodeMs: null, decodeTokens: null, source: 'test' };

function build(
  fill: (builder: RecordBuilder) => void,
  { counters = new LiveCounters(), ...change }: Partial<RecordEnd> & { counters?: LiveCounters } = {},
): RequestRecord {
  const builder = new RecordBuilder(4, counters);
  fill(builder);
  return builder.build({ ...end, ...change });
}

function chunks(builder: RecordBuilder, tokens: readonly ChunkTokens[]): void {
  for (const [place, count] of tokens.entries()) builder.chunk(100 + 10 * place, count, 'answer');
}

describe('stamps', () => {
  it('are kept as they came, with the place of the request', () => {
    const record = build((builder) => {
      builder.sent(50, 20);
      chunks(builder, [1, 2, 1]);
      builder.usage({ promptTokens: 6144, cachedTokens: 0, outputTokens: 4 });
      builder.timings(perTokenTimings);
      builder.ended(200);
    });
    expect(record).toEqual({
      id: 7,
      cell: 'p6144-g4',
      execution: 1,
      repetition: 2,
      phase: 'measured',
      shard: 3,
      attempts: 1,
      dueNs: 5,
      connectNs: 20,
      sentNs: 50,
      endNs: 200,
      chunkNs: Float64Array.of(100, 110, 120),
      chunkTokens: Uint32Array.of(1, 2, 1),
      answerChunk: null,
      requestedPromptTokens: 6144,
      requestedOutputTokens: 4,
      promptTokens: 6144,
      cachedTokens: 0,
      outputTokens: 4,
      countedBy: { prompt: 'server-usage', output: 'server-usage', chunks: 'server-usage' },
      timings: perTokenTimings,
      memory: [],
      outcome: ok,
    });
  });

  it('of an engine that goes on after the record is made fall into no other request', () => {
    const cancelled = new RecordBuilder(4, new LiveCounters());
    cancelled.sent(0, null);
    chunks(cancelled, [1, 1]);
    const record = cancelled.build(end);
    const next = new RecordBuilder(4, new LiveCounters());
    next.sent(0, null);
    chunks(next, [1, 1]);
    for (let place = 0; place < 40; place++) cancelled.chunk(9000 + place, 1, 'answer');
    expect(next.build(end).chunkNs).toEqual(Float64Array.of(100, 110));
    expect(record.chunkNs).toEqual(Float64Array.of(100, 110));
  });

  it('outgrow the length that was asked for', () => {
    const count = 100_000;
    const record = build((builder) => {
      builder.sent(0, null);
      for (let place = 0; place < count; place++) builder.chunk(place, 1 + (place % 3), 'answer');
    });
    expect(record.chunkNs).toHaveLength(count);
    expect(record.chunkNs.every((ns, place) => ns === place)).toBe(true);
    expect(record.chunkTokens?.every((tokens, place) => tokens === 1 + (place % 3))).toBe(true);
  });

  it('start anew with a retry, which is counted', () => {
    const counters = new LiveCounters();
    const record = build(
      (builder) => {
        builder.sent(50, null);
        builder.chunk(60, 'unknown', 'reasoning');
        builder.usage({ promptTokens: 1, cachedTokens: 1, outputTokens: 1 });
        builder.timings(perTokenTimings);
        builder.ended(65);
        builder.sent(70, 5);
        chunks(builder, [1, 1]);
      },
      { counters },
    );
    expect(record).toMatchObject({ attempts: 2, sentNs: 70, connectNs: 5, endNs: 999, answerChunk: null });
    expect(record).toMatchObject({ promptTokens: null, cachedTokens: null, outputTokens: 2, timings: null });
    expect(record.chunkNs).toEqual(Float64Array.of(100, 110));
    expect(counters.get('sent')).toBe(1);
    expect(counters.get('tokens')).toBe(2);
    expect(counters.get('requestTokens')).toBe(2);
  });

  it('of a request that was never sent are its due time and now', () => {
    const record = build(() => null);
    expect(record).toMatchObject({ attempts: 1, sentNs: 5, endNs: 999, connectNs: null, chunkTokens: null });
    expect(record.chunkNs).toHaveLength(0);
    expect(record.countedBy).toEqual({ prompt: 'unknown', output: 'unknown', chunks: 'unknown' });
  });

  it('tell where the answer begins after reasoning', () => {
    const record = build((builder) => {
      builder.sent(0, null);
      builder.chunk(1, 1, 'reasoning');
      builder.chunk(2, 1, 'reasoning');
      builder.chunk(3, 1, 'answer');
      builder.chunk(4, 1, 'reasoning');
      builder.chunk(5, 1, 'answer');
    });
    expect(record.answerChunk).toBe(2);
  });
});

describe('counts', () => {
  it('are unknown for every chunk as soon as one is', () => {
    const record = build((builder) => {
      builder.sent(0, null);
      chunks(builder, [1, 'unknown', 1]);
      builder.usage({ ...noUsage, outputTokens: 5 });
    });
    expect(record.chunkTokens).toBeNull();
    expect(record.outputTokens).toBe(5);
    expect(record.countedBy).toEqual({ prompt: 'unknown', output: 'server-usage', chunks: 'unknown' });
  });

  it('are one a chunk when the engine counts as many tokens as there were chunks', () => {
    const record = build((builder) => {
      builder.sent(0, null);
      chunks(builder, ['unknown', 'unknown', 'unknown']);
      builder.usage({ ...noUsage, outputTokens: 3 });
    });
    expect(record.chunkTokens).toEqual(Uint32Array.of(1, 1, 1));
    expect(record.countedBy.chunks).toBe('assumed-one');
  });

  it('of unknown chunks without usage stay unknown, the total too', () => {
    const record = build((builder) => {
      builder.sent(0, null);
      chunks(builder, ['unknown', 'unknown']);
    });
    expect(record).toMatchObject({ chunkTokens: null, outputTokens: null });
    expect(record.countedBy).toEqual({ prompt: 'unknown', output: 'unknown', chunks: 'unknown' });
  });

  it('of known chunks stand in for a missing total', () => {
    const record = build((builder) => {
      builder.sent(0, null);
      chunks(builder, [2, 3]);
      builder.counting('token-ids');
    });
    expect(record.outputTokens).toBe(5);
    expect(record.countedBy.output).toBe('token-ids');
  });

  it('keep the last that was said, field by field', () => {
    const record = build((builder) => {
      builder.sent(0, null);
      builder.usage({ promptTokens: 10, cachedTokens: 0, outputTokens: 1 });
      builder.usage({ promptTokens: null, cachedTokens: null, outputTokens: 3 });
    });
    expect(record).toMatchObject({ promptTokens: 10, cachedTokens: 0, outputTokens: 3 });
  });

  it.each(['running-usage', 'server-timings', 'token-ids'] as const)('say that they stand on %s', (by) => {
    const record = build((builder) => {
      builder.sent(0, null);
      chunks(builder, [1, 1]);
      builder.usage({ ...noUsage, outputTokens: 2 });
      builder.counting(by);
    });
    expect(record.countedBy).toEqual({ prompt: 'unknown', output: 'server-usage', chunks: by });
  });

  it('that stood on something in a failed attempt say nothing of the next', () => {
    const record = build((builder) => {
      builder.sent(0, null);
      builder.counting('token-ids');
      builder.sent(1, null);
      chunks(builder, [1]);
    });
    expect(record.countedBy.chunks).toBe('server-usage');
  });

  it('of an engine in this process are its own', () => {
    const record = build(
      (builder) => {
        builder.sent(0, null);
        chunks(builder, [1, 1]);
        builder.usage({ promptTokens: 3, cachedTokens: 0, outputTokens: 2 });
      },
      { countSource: 'engine' },
    );
    expect(record.countedBy).toEqual({ prompt: 'engine', output: 'engine', chunks: 'engine' });
  });
});
