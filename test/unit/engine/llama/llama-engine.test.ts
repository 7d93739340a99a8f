import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRunClock } from '../../../../src/base/clock.ts';
import type { Engine } from '../../../../src/contract/engine.ts';
import type { LocalLlamaPlan } from '../../../../src/contract/plan.ts';
import { openLlamaEngine } from '../../../../src/engine/llama/llama-engine.ts';
import { ask, request } from './ask.ts';
import { listeningTell, reasonToSkip, withFolder, writeTinyModel } from './tiny-model.ts';

const plan: LocalLlamaPlan = { api: 'local_llama', loadFormat: 'auto', dummyQuantization: 'Q8_0', threads: 1 };
const clock = startRunClock();
const missing = await reasonToSkip();

describe.skipIf(missing !== null)('llama engine, on a tiny model', () => {
  let engine: Engine;
  let close: () => Promise<void>;
  const tell = listeningTell();

  beforeAll(async () => {
    await new Promise<void>((ready, refuse) => {
      const held = withFolder(async (folder) => {
        const { path } = await writeTinyModel(folder);
        engine = await openLlamaEngine({ plan, model: path, clock, maxLength: 1000, tell });
        await new Promise<void>((release) => {
          close = async () => {
            await engine.close();
            release();
            await held;
          };
          ready();
        });
      });
      held.catch(refuse);
    });
  });
  afterAll(() => close());

  it('generates exactly the tokens asked for, one rising stamp each', async () => {
    const { outcome, sentNs, endNs, chunkNs, usage } = await ask(engine, request(700, 60));
    expect(outcome).toEqual({
      status: 'ok',
      failure: null,
      message: null,
      httpStatus: null,
      finishReason: 'length',
      lengthRule: 'engine',
    });
    expect(usage).toEqual({ promptTokens: 700, cachedTokens: 0, outputTokens: 60 });
    expect(chunkNs).toHaveLength(60);
    expect(sentNs).toHaveLength(1);
    for (const [index, atNs] of chunkNs.entries())
      expect(atNs).toBeGreaterThan(chunkNs[index - 1] ?? sentNs[0] ?? Infinity);
    expect(endNs).toBe(chunkNs.at(-1));
  });

  it('uses the context to its last token, and says what does not fit', async () => {
    const { outcome, chunkNs } = await ask(engine, request(1000, 24));
    expect([outcome.status, chunkNs.length]).toEqual(['ok', 24]);
    const tooLong = await ask(engine, request(1001, 24));
    expect(tooLong.outcome).toMatchObject({
      status: 'failed',
      failure: 'context-length',
      message: '1,001 prompt tokens and 24 generated are more than the context of 1,024 tokens',
    });
    expect(tooLong.sentNs).toEqual([]);
    expect(tooLong.endNs).toBeGreaterThan(0);
  });

  it('starts each request with an empty cache: the same prompt is as slow the second time', async () => {
    const timesMs: number[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const { sentNs, chunkNs, usage } = await ask(engine, request(900, 2));
      timesMs.push(((chunkNs[0] ?? 0) - (sentNs[0] ?? 0)) / 1e6);
      expect(usage?.cachedTokens).toBe(0);
    }
    const one = await ask(engine, request(1, 2));
    const oneMs = ((one.chunkNs[0] ?? 0) - (one.sentNs[0] ?? 0)) / 1e6;
    // A cache hit would evaluate a single token; 900 take many times as long.
    expect(Math.min(...timesMs.slice(1))).toBeGreaterThan(oneMs * 3);
  });

  it('answers a text, and tokenizes it as more than single bytes', async () => {
    const text = 'The model is made to answer the question about water.';
    const ids = await engine.tokenize?.(text);
    expect(ids?.length).toBeGreaterThan(5);
    expect(ids?.length).toBeLessThan(text.length * 0.7);
    const { outcome, usage } = await ask(engine, { ...request(1, 3), prompt: { kind: 'text', text } });
    expect(outcome.status).toBe('ok');
    expect(usage?.promptTokens).toBe(ids?.length);
  });

  it('stops between tokens when it is told to', async () => {
    const { outcome, chunkNs, usage } = await ask(engine, request(20, 500), 5);
    expect(outcome).toMatchObject({
      status: 'failed',
      failure: 'cancelled',
      message: 'cancelled after 5 of 500 tokens',
    });
    expect(chunkNs).toHaveLength(5);
    expect(usage?.outputTokens).toBe(5);
  });

  it('stops between the batches of a long prompt', async () => {
    const { outcome, chunkNs } = await ask(engine, request(900, 10), 0);
    expect(outcome.failure).toBe('cancelled');
    expect(chunkNs).toEqual([]);
  });

  it('fails a request with an impossible id or no prompt, and answers the next', async () => {
    const bad = { ...request(3, 2), prompt: { kind: 'ids' as const, ids: Uint32Array.of(5, 4_000_000, 6) } };
    expect((await ask(engine, bad)).outcome).toMatchObject({
      status: 'failed',
      failure: 'engine',
      message: 'the prompt holds the id 4000000, and the vocabulary has 2048 tokens',
    });
    expect((await ask(engine, request(0, 2))).outcome).toMatchObject({
      failure: 'engine',
      message: 'the prompt is empty',
    });
    expect((await ask(engine, request(3, 2))).outcome.status).toBe('ok');
  });

  it('answers one request at a time', async () => {
    const [first, second] = await Promise.all([ask(engine, request(50, 5)), ask(engine, request(50, 5))]);
    expect(first.outcome.status).toBe('ok');
    expect(second.outcome).toMatchObject({ failure: 'engine', message: expect.stringContaining('--parallel 1') });
  });

  it('tells what it is', async () => {
    const facts = engine.facts();
    expect(facts).toMatchObject({
      name: 'llama.cpp (node-llama-cpp)',
      weights: 'dummy',
      dtype: 'Q8_0',
      maxLength: 1000,
      cache: 'off',
      pid: process.pid,
      settings: { threadsDecode: 1, threadsPrefill: 1, threadsChosenBy: 'plan', contextTokens: 1024, batchTokens: 512 },
    });
    expect(facts.version).toMatch(/^\d+\.\d+\.\d+ \(llama\.cpp .+\)$/);
    const [host, device] = facts.memory;
    expect(host?.bytes).toBeGreaterThan(50e6);
    expect(device).toMatchObject({ kind: 'device', bytes: null, reason: 'CPU build: no GPU is used' });
    const vocabulary = await engine.vocabulary?.();
    expect(vocabulary?.ids).toHaveLength(2046);
  });

  it('measures its speed, and keeps the context that it had', async () => {
    const speed = await engine.speed?.();
    expect(speed?.prefillTokensPerSecond).toBeGreaterThan(speed?.decodeTokensPerSecond ?? Infinity);
    expect(speed?.atPromptTokens).toBe(512);
    expect(engine.facts().maxLength).toBe(1000);
    const probed = await engine.probe?.(request(5, 2));
    expect(probed?.usage).toEqual({ promptTokens: 5, cachedTokens: 0, outputTokens: 2 });
  });

  it('makes room for other lengths, no further than the model reaches', async () => {
    await engine.resize?.(200);
    expect(engine.facts()).toMatchObject({ maxLength: 200, settings: { contextTokens: 256 } });
    await engine.resize?.(100_000);
    expect(engine.facts()).toMatchObject({ maxLength: 1024, settings: { contextTokens: 1024 } });
  });
});
