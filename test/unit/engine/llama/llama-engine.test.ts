import { truncate } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRunClock } from '../../../../src/base/clock.ts';
import type { ModelShape } from '../../../../src/catalog/model-shape.ts';
import type { Engine } from '../../../../src/contract/engine.ts';
import type { LocalLlamaPlan } from '../../../../src/contract/plan.ts';
import type { ChunkSink, Outcome, RequestSpec, TokenUsage } from '../../../../src/contract/request.ts';
import { loadLlamaBinding } from '../../../../src/engine/llama/llama-binding.ts';
import { openLlamaEngine } from '../../../../src/engine/llama/llama-engine.ts';
import { LlamaRuntime } from '../../../../src/engine/llama/llama-runtime.ts';
import { listeningTell, tinyShape, withFolder, writeTinyModel } from './tiny-model.ts';

const plan: LocalLlamaPlan = { api: 'local_llama', loadFormat: 'auto', dummyQuantization: 'Q8_0', threads: 1 };
const clock = startRunClock();
const missing = await loadLlamaBinding(listeningTell()).then(
  () => null,
  (error: unknown) => String(error),
);
if (missing !== null) process.stderr.write(`llama.cpp tests are skipped: ${missing}\n`);

interface Answer {
  readonly outcome: Outcome;
  readonly sentNs: readonly number[];
  readonly endNs: number;
  readonly chunkNs: readonly number[];
  readonly usage: TokenUsage | null;
}

async function ask(engine: Engine, request: RequestSpec, stopAfter = Infinity): Promise<Answer> {
  const stop = new AbortController();
  const sentNs: number[] = [];
  const chunkNs: number[] = [];
  let endNs = 0;
  let usage: TokenUsage | null = null;
  const sink: ChunkSink = {
    sent: (atNs) => void sentNs.push(atNs),
    chunk: (atNs, tokens, kind) => {
      expect([tokens, kind]).toEqual([1, 'answer']);
      chunkNs.push(atNs);
      if (chunkNs.length === stopAfter) stop.abort();
    },
    usage: (counted) => {
      usage = counted;
    },
    timings: () => undefined,
    ended: (atNs) => {
      endNs = atNs;
    },
  };
  const outcome = await engine.send(request, sink, stop.signal);
  return { outcome, sentNs, endNs, chunkNs, usage };
}

function request(length: number, outputTokens: number, from = 0): RequestSpec {
  const ids = Uint32Array.from({ length }, (_, index) => (from + index * 37) % 2000);
  return {
    index: 0,
    prompt: { kind: 'ids', ids },
    promptTokens: length,
    outputTokens,
    minOutputTokens: null,
    temperature: 0,
    extraArguments: {},
  };
}

describe.skipIf(missing !== null)('llama engine, on a tiny model', () => {
  let engine: Engine;
  let close = (): Promise<void> => Promise.resolve();
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
    const { outcome, chunkNs } = await (async () => {
      const stop = new AbortController();
      const chunks: number[] = [];
      const ignore = (): void => undefined;
      const sink: ChunkSink = {
        sent: () => stop.abort(),
        chunk: (atNs) => chunks.push(atNs),
        usage: ignore,
        timings: ignore,
        ended: ignore,
      };
      return { outcome: await engine.send(request(900, 10), sink, stop.signal), chunkNs: chunks };
    })();
    expect(outcome.failure).toBe('cancelled');
    expect(chunkNs).toEqual([]);
  });

  it('fails a request with an impossible id or no prompt, and answers the next', async () => {
    const bad = { ...request(3, 2), prompt: { kind: 'ids' as const, ids: Uint32Array.of(5, 4_000_000, 6) } };
    expect((await ask(engine, bad)).outcome).toMatchObject({ status: 'failed', failure: 'engine' });
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

  it('wrote nothing alarming to its log', () => {
    expect(tell.debugs.filter((line) => /llama\.cpp (error|fatal)/.test(line) && !/invalid token/.test(line))).toEqual(
      [],
    );
  });
});

describe.skipIf(missing !== null)('llama engine, from plan to failure', () => {
  it('chooses the threads by a probe when the plan leaves them open', () =>
    withFolder(async (folder) => {
      const { path } = await writeTinyModel(folder);
      const tell = listeningTell();
      const engine = await openLlamaEngine({
        plan: { ...plan, threads: null },
        model: path,
        clock,
        maxLength: null,
        tell,
      });
      const { settings } = engine.facts();
      await engine.close();
      expect(tell.notes).toHaveLength(1);
      expect(tell.notes[0]).toMatch(/^threads chosen by a probe: \d+ for decode, \d+ for prefill \(/);
      expect(settings['threadsChosenBy']).toBe('probe');
      for (const half of [settings['threadsDecode'], settings['threadsPrefill']]) {
        expect(half).toBeGreaterThanOrEqual(1);
        expect(half).toBeLessThanOrEqual(availableParallelism());
      }
      expect(settings['probeDecodeTokensPerSecondAt1']).toBeGreaterThan(0);
      expect(settings['probeMs']).toBeLessThan(12_000);
    }));

  const variants: readonly (readonly [string, Partial<ModelShape>])[] = [
    ['Qwen3', { family: 'qwen3', attentionBias: false, queryKeyNorm: true, tiedEmbeddings: false }],
    [
      'Qwen3 with experts',
      {
        family: 'qwen3moe',
        attentionBias: false,
        queryKeyNorm: true,
        tiedEmbeddings: false,
        experts: { count: 8, perToken: 2, intermediateSize: 64 },
      },
    ],
  ];
  it.each(variants)('runs random weights of %s', (_, difference) =>
    withFolder(async (folder) => {
      const { path } = await writeTinyModel(folder, { ...tinyShape, ...difference });
      const engine = await openLlamaEngine({ plan, model: path, clock, maxLength: 128, tell: listeningTell() });
      const { outcome, chunkNs } = await ask(engine, request(30, 20));
      await engine.close();
      expect([outcome.status, chunkNs.length]).toEqual(['ok', 20]);
    }),
  );

  it('generates text that varies with the prompt, passes end-of-sequence and comes back from its ids', () =>
    withFolder(async (folder) => {
      const { path } = await writeTinyModel(folder);
      const { llama } = await loadLlamaBinding(listeningTell());
      const runtime = await LlamaRuntime.load(llama, path, 2);
      await runtime.resize(512);
      const generated = async (ids: Uint32Array, temperature: number, outputTokens: number): Promise<number[]> => {
        const tokens: number[] = [];
        await runtime.generate({
          ids,
          outputTokens,
          threads: { prefill: 2, decode: 1 },
          temperature,
          seed: 3,
          signal: null,
          started: () => undefined,
          token: (id) => void tokens.push(id),
        });
        return tokens;
      };
      const one = await generated(Uint32Array.of(1, 2, 3), 0, 40);
      const again = await generated(Uint32Array.of(1, 2, 3), 0, 40);
      const other = await generated(Uint32Array.of(900, 1200, 7), 0, 40);
      const text = 'Water and light: naïve 熵 ✓\n  two lines';
      const round = runtime.detokenize(runtime.tokenize(text));
      await runtime.dispose();
      expect(again).toEqual(one);
      expect(other).not.toEqual(one);
      expect(new Set(one).size).toBeGreaterThan(5);
      expect(round).toBe(text);
    }));

  it('says what is wrong with the model before llama.cpp sees it', () =>
    withFolder(async (folder) => {
      const { path, bytes } = await writeTinyModel(folder);
      await truncate(path, bytes - 4096);
      const open = (model: string, loadFormat: LocalLlamaPlan['loadFormat']): Promise<Engine> =>
        openLlamaEngine({ plan: { ...plan, loadFormat }, model, clock, maxLength: null, tell: listeningTell() });
      await expect(open(path, 'auto')).rejects.toMatchObject({ code: 'E_MODEL_FILE', exitCode: 3 });
      await expect(open('Qwen/Qwen2.5-0.5B-Instruct', 'auto')).rejects.toMatchObject({
        code: 'E_MODEL_FILE',
        hint: expect.stringContaining('--load-format dummy'),
      });
      await expect(open('someone/unknown-7B', 'dummy')).rejects.toMatchObject({
        code: 'E_PLAN',
        hint: expect.stringContaining('Qwen/Qwen2.5-0.5B-Instruct'),
      });
    }));

  it('says how to install the package when it is not there', async () => {
    const absent = Object.assign(new Error("Cannot find package 'node-llama-cpp'"), { code: 'ERR_MODULE_NOT_FOUND' });
    await expect(loadLlamaBinding(listeningTell(), () => Promise.reject(absent))).rejects.toMatchObject({
      code: 'E_MISSING_PACKAGE',
      exitCode: 3,
      hint: expect.stringMatching(
        /npm install node-llama-cpp@3\.22\.1 .*--omit=optional --ignore-scripts .*@node-llama-cpp\//,
      ),
    });
  });
});
