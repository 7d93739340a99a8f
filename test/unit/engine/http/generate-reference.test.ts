import { afterEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/contract/engine.ts';
import { startReferenceServer, type ReferenceServer } from '../../../../src/engine/reference/reference-server.ts';
import type { FaultKind } from '../../../../src/engine/reference/fault.ts';
import type { ReferenceServerOptions } from '../../../../src/engine/reference/server-options.ts';
import { clock, openEngine, requestFor, send, Told } from './engine-under-test.ts';

const options: ReferenceServerOptions = {
  host: '127.0.0.1',
  port: 0,
  timing: { ttftMs: 20, itlMs: 4, jitterMs: 0, prefillTokensPerSecond: null, tokensPerChunk: 1, seed: 7 },
  model: 'tiny',
  strictModel: false,
  usage: 'running',
  maxLength: 4096,
  faults: [],
  // As with --skip-tokenizer-init.
  tokenize: false,
  promptIds: true,
  addedTokens: 0,
  reasoningTokens: 0,
  eventsPerWrite: 1,
  apiKey: null,
};

let server: ReferenceServer;
let engine: Engine;

afterEach(async () => {
  await engine.close();
  await server.close();
});

async function open(
  more: Partial<ReferenceServerOptions> = {},
  testConnection = true,
  tell = new Told(),
): Promise<void> {
  server = await startReferenceServer({ ...options, ...more });
  engine = await openEngine(`${server.url}/generate`, { testConnection }, { tell });
}

const tokensOf = (sink: Awaited<ReturnType<typeof send>>['sink']): (number | 'unknown')[] =>
  sink.chunks.map(({ tokens }) => tokens);
const ones = Array.from({ length: 16 }, () => 1);

describe('/generate of the reference server', () => {
  it.each([
    ['all ids so far', { incrementalOutput: false }],
    ['new ids alone', { incrementalOutput: true }],
    ['texts and ids so far', { tokenize: true }],
  ])('%s: each token is counted and stamped when it came', async (_name, more) => {
    await open(more);
    const { outcome, sink } = await send(engine);
    expect(outcome).toMatchObject({ status: 'ok', finishReason: 'length', lengthRule: 'ignore_eos' });
    expect(tokensOf(sink)).toEqual(ones);
    expect(sink.counts).toEqual({ promptTokens: 4, cachedTokens: 0, outputTokens: 16 });
    const written = server.stamps().at(-1);
    expect(written?.writes).toHaveLength(16);
    for (const [place, { atNs }] of sink.chunks.entries()) {
      const writtenNs = Number(BigInt(written?.writes[place]?.atNs ?? 0) - clock.originNs);
      expect(atNs).toBeGreaterThan(writtenNs);
    }
  });

  it('several tokens an event, and several events a read', async () => {
    await open({ timing: { ...options.timing, tokensPerChunk: 3 }, eventsPerWrite: 2 });
    const { sink } = await send(engine);
    expect(tokensOf(sink)).toEqual([3, 3, 3, 3, 3, 1]);
    const stamps = new Set(sink.chunks.map(({ atNs }) => atNs));
    expect(stamps.size).toBeLessThanOrEqual(3);
  });

  it('the connection test takes ids when texts are refused within the stream', async () => {
    const tell = new Told();
    await open({}, true, tell);
    expect(tell.warnings).toEqual([]);
    expect(engine.facts().url).toBe(`${server.url}/generate`);
  });

  it('a probe is counted', async () => {
    await open();
    const probed = await engine.probe?.(requestFor({ outputTokens: 1, minOutputTokens: null, temperature: null }));
    expect(probed).toMatchObject({ outcome: { status: 'ok' }, usage: { promptTokens: 4, outputTokens: 1 } });
  });

  const refused = { status: 'failed', httpStatus: 400 };
  // Where the reset comes with the last data, libuv takes it for the end of the stream, and it is `truncated`: once more then.
  it.each<[FaultKind, object]>([
    ['error-event', { status: 'failed', failure: 'server-error' }],
    ['end-mid-stream', { status: 'failed', failure: 'truncated' }],
    ['reset-mid-stream', { status: 'failed', failure: 'reset' }],
    ['broken-json', { status: 'failed', failure: 'bad-stream' }],
    ['no-done', { status: 'ok', finishReason: 'length' }],
    ['refuse-ids', { ...refused, failure: 'http-status' }],
    ['http-500', { status: 'failed', failure: 'http-status', httpStatus: 500 }],
    ['zero-tokens', { status: 'failed', failure: 'no-tokens' }],
  ])('the fault %s is an outcome', { retry: 3 }, async (kind, expected) => {
    await open({ faults: [{ kind, everyNth: 1 }] }, false);
    expect((await send(engine)).outcome).toMatchObject(expected);
  });

  it('a refused ignore_eos is left out, and the length held by min_new_tokens', async () => {
    await open({ tokenize: true, faults: [{ kind: 'refuse-field:ignore_eos', everyNth: 1 }] }, false);
    const { outcome, sink } = await send(engine);
    expect(outcome).toMatchObject({ status: 'ok', lengthRule: 'min_tokens' });
    expect(tokensOf(sink)).toEqual(ones);
  });

  it('a cache hit is told, and a prompt that is too long is named so', async () => {
    await open({ faults: [{ kind: 'cache-hit', everyNth: 1 }], maxLength: 24 }, false);
    expect((await send(engine)).sink.counts).toMatchObject({ cachedTokens: 2 });
    const { outcome } = await send(engine, requestFor({ outputTokens: 21, minOutputTokens: 21 }));
    expect(outcome).toMatchObject({ ...refused, failure: 'context-length' });
    expect(outcome.message).toContain('maximum context length of 24 tokens');
  });
});
