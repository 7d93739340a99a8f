import { describe, expect, it } from 'vitest';
import { startRunClock } from '../../../../src/base/clock.ts';
import type { ReferenceTiming } from '../../../../src/contract/plan.ts';
import type { ChunkSink, RequestSpec, TokenUsage } from '../../../../src/contract/request.ts';
import { createReferenceEngine } from '../../../../src/engine/reference/reference-engine.ts';
import { type Holds, onSteadyMachine } from '../../../support/steady-machine.ts';

const timing: ReferenceTiming = {
  ttftMs: 40,
  itlMs: 5,
  jitterMs: 0,
  prefillTokensPerSecond: 10_000,
  tokensPerChunk: 2,
  seed: 3,
};

function requestOf(fields: Partial<RequestSpec> = {}): RequestSpec {
  return {
    index: 0,
    prompt: { kind: 'ids', ids: new Uint32Array(100).fill(1000) },
    promptTokens: 100,
    outputTokens: 20,
    minOutputTokens: null,
    temperature: null,
    extraArguments: {},
    ...fields,
  };
}

function recordingSink() {
  const seen = {
    sentNs: [] as number[],
    chunkNs: [] as number[],
    tokens: [] as unknown[],
    usage: [] as TokenUsage[],
    endedNs: [] as number[],
  };
  const sink: ChunkSink = {
    sent: (atNs) => void seen.sentNs.push(atNs),
    chunk: (atNs, tokens) => {
      seen.chunkNs.push(atNs);
      seen.tokens.push(tokens);
    },
    usage: (usage) => void seen.usage.push(usage),
    timings: () => {},
    ended: (atNs) => void seen.endedNs.push(atNs),
  };
  return { seen, sink };
}

const never = new AbortController().signal;

describe('the reference engine in process', () => {
  it('stamps chunks when the script says, and counts exactly', (context) => onSteadyMachine(context, scripted));

  it('answers requests side by side, each by its own script', async () => {
    const engine = createReferenceEngine({ timing: { ...timing, jitterMs: 3 }, clock: startRunClock() });
    const answers = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const { seen, sink } = recordingSink();
        await engine.send(requestOf({ index, outputTokens: 6 }), sink, never);
        return seen;
      }),
    );
    await engine.close();
    for (const seen of answers) expect(seen.chunkNs).toHaveLength(3);
    const longestMs = Math.max(...answers.map((seen) => ((seen.endedNs[0] ?? 0) - (seen.sentNs[0] ?? 0)) / 1e6));
    expect(longestMs).toBeLessThan(8 * 70);
  });

  it('counts a text prompt by its own tokenizer', async () => {
    const engine = createReferenceEngine({ timing: { ...timing, ttftMs: 1 }, clock: startRunClock() });
    const { seen, sink } = recordingSink();
    await engine.send(requestOf({ prompt: { kind: 'text', text: '熵熵 two words' }, outputTokens: 1 }), sink, never);
    expect(seen.usage[0]?.promptTokens).toBe(4);
    expect(await engine.tokenize?.('熵熵 two words')).toHaveLength(4);
    await engine.close();
  });

  it('ends at once when it is aborted, keeping what came before', async () => {
    const engine = createReferenceEngine({ timing: { ...timing, itlMs: 500 }, clock: startRunClock() });
    const { seen, sink } = recordingSink();
    const abort = new AbortController();
    const pending = engine.send(requestOf(), sink, abort.signal);
    setTimeout(() => abort.abort(), 120);
    const outcome = await pending;
    await engine.close();
    expect(outcome).toMatchObject({ status: 'failed', failure: 'cancelled' });
    expect(seen.chunkNs).toHaveLength(1);
    expect(seen.endedNs).toHaveLength(1);
  });

  it('does not begin what is already aborted, and fails what is too long', async () => {
    const engine = createReferenceEngine({ timing, clock: startRunClock(), maxLength: 110 });
    const aborted = await engine.send(requestOf(), recordingSink().sink, AbortSignal.abort());
    const tooLong = await engine.send(requestOf(), recordingSink().sink, never);
    const fits = await engine.send(requestOf({ outputTokens: 10 }), recordingSink().sink, never);
    await engine.close();
    expect(aborted).toMatchObject({ failure: 'cancelled' });
    expect(tooLong).toMatchObject({ failure: 'context-length', message: expect.stringContaining('110') });
    expect(fits).toMatchObject({ status: 'ok' });
  });

  it('ends requests under way when it is closed', async () => {
    const engine = createReferenceEngine({ timing: { ...timing, ttftMs: 60_000 }, clock: startRunClock() });
    const pending = engine.send(requestOf(), recordingSink().sink, never);
    await engine.close();
    expect(await pending).toMatchObject({ failure: 'cancelled' });
    expect(await engine.send(requestOf(), recordingSink().sink, never)).toMatchObject({ failure: 'engine' });
  });

  it('says what it is', async () => {
    const engine = createReferenceEngine({ timing, clock: startRunClock(), maxLength: 4096 });
    expect(engine.facts()).toMatchObject({
      name: 'reference engine',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      weights: 'unknown',
      cache: 'off',
      maxLength: 4096,
      settings: { ttftMs: 40, itlMs: 5 },
    });
    expect(engine.facts().notes.join(' ')).toContain('scripted');
    const vocabulary = await engine.vocabulary?.();
    expect([vocabulary?.ids[0], vocabulary?.ids.at(-1), vocabulary?.ids.length]).toEqual([1000, 9999, 9000]);
    expect(engine.memory?.()).toEqual([]);
    await engine.close();
  });
});

async function scripted(holds: Holds): Promise<void> {
  const engine = createReferenceEngine({ timing, clock: startRunClock() });
  const { seen, sink } = recordingSink();
  const outcome = await engine.send(requestOf(), sink, never);
  await engine.close();

  expect(outcome).toMatchObject({ status: 'ok', failure: null, finishReason: 'length', lengthRule: 'engine' });
  expect(seen.tokens).toEqual(Array.from({ length: 10 }, () => 2));
  expect(seen.usage).toEqual([{ promptTokens: 100, cachedTokens: 0, outputTokens: 20 }]);
  // 40 ms and 100 tokens at 10,000 a second, then 2 tokens each 10 ms.
  const lateNs = seen.chunkNs.map((atNs, chunk) => atNs - (seen.sentNs[0] ?? 0) - (50 + chunk * 10) * 1e6);
  expect(Math.min(...lateNs)).toBeGreaterThanOrEqual(0);
  expect(seen.endedNs).toHaveLength(1);
  expect(seen.endedNs[0]).toBeGreaterThanOrEqual(seen.chunkNs.at(-1) ?? Infinity);
  const late = lateNs.toSorted((one, other) => one - other)[2] ?? NaN;
  holds(late < 1e6, `all but two of the chunks were ${late} ns late or more`);
}
