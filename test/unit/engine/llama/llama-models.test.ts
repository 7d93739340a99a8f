import { truncate } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { startRunClock } from '../../../../src/base/clock.ts';
import type { ModelShape } from '../../../../src/catalog/model-shape.ts';
import type { Engine } from '../../../../src/contract/engine.ts';
import type { LocalLlamaPlan } from '../../../../src/contract/plan.ts';
import { loadLlamaBinding } from '../../../../src/engine/llama/llama-binding.ts';
import { openLlamaEngine } from '../../../../src/engine/llama/llama-engine.ts';
import { LlamaRuntime } from '../../../../src/engine/llama/llama-runtime.ts';
import { ask, request } from './ask.ts';
import { listeningTell, reasonToSkip, tinyShape, withFolder, writeTinyModel } from './tiny-model.ts';

const plan: LocalLlamaPlan = { api: 'local_llama', loadFormat: 'auto', dummyQuantization: 'Q8_0', threads: 1 };
const clock = startRunClock();
const missing = await reasonToSkip();

function open(model: string, loadFormat: LocalLlamaPlan['loadFormat']): Promise<Engine> {
  return openLlamaEngine({ plan: { ...plan, loadFormat }, model, clock, maxLength: null, tell: listeningTell() });
}

function withRuntime(shape: ModelShape, use: (runtime: LlamaRuntime) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const { path } = await writeTinyModel(folder, shape);
    const { llama } = await loadLlamaBinding(listeningTell());
    const runtime = await LlamaRuntime.load(llama, path, 2);
    try {
      await runtime.resize(1000);
      await use(runtime);
    } finally {
      await runtime.dispose();
    }
  });
}

interface Draw {
  readonly ids: readonly number[];
  readonly outputTokens: number;
  readonly temperature: number;
}

async function generate(runtime: LlamaRuntime, { ids, ...draw }: Draw): Promise<number[]> {
  const tokens: number[] = [];
  await runtime.generate({
    ...draw,
    ids: Uint32Array.from(ids),
    threads: { prefill: 2, decode: 1 },
    seed: 3,
    signal: null,
    started: () => undefined,
    token: (id) => void tokens.push(id),
  });
  return tokens;
}

describe.skipIf(missing !== null)('llama models', () => {
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

  it('writes and runs the published shape that the plan names', () =>
    withFolder(async (folder) => {
      vi.stubEnv('XDG_CACHE_HOME', folder);
      const tell = listeningTell();
      const dummyPlan: LocalLlamaPlan = { ...plan, loadFormat: 'dummy', dummyQuantization: 'Q4_0' };
      const model = 'Qwen/Qwen2.5-0.5B-Instruct';
      const engine = await openLlamaEngine({ plan: dummyPlan, model, clock, maxLength: 64, tell });
      vi.unstubAllEnvs();
      const { outcome, chunkNs } = await ask(engine, request(20, 5));
      const facts = engine.facts();
      await engine.close();
      expect([outcome.status, chunkNs.length]).toEqual(['ok', 5]);
      expect(facts).toMatchObject({ weights: 'dummy', dtype: 'Q4_0', maxLength: 64 });
      expect(facts.settings['model']).toMatch(/Qwen2\.5-0\.5B-Instruct\.Q4_0\.v1\.seed1\.gguf$/);
      expect(facts.notes[0]).toContain('494 million parameters; all matrices are Q4_0');
      expect(tell.debugs.some((line) => line.startsWith('dummy model') && line.includes('written in'))).toBe(true);
    }));

  it('varies its greedy output with the prompt, and repeats it for the same one', () =>
    withRuntime(
      { ...tinyShape, layers: 4, hiddenSize: 256, attentionHeads: 4, intermediateSize: 512 },
      async (runtime) => {
        const one = await generate(runtime, { ids: [1, 2, 3], outputTokens: 40, temperature: 0 });
        const again = await generate(runtime, { ids: [1, 2, 3], outputTokens: 40, temperature: 0 });
        const other = await generate(runtime, { ids: [900, 1200, 7], outputTokens: 40, temperature: 0 });
        expect(again).toEqual(one);
        expect(other).not.toEqual(one);
        expect(new Set([...one, ...other]).size).toBeGreaterThan(20);
      },
    ));

  it('goes on after an end-of-sequence token', async () => {
    const draw = { ids: [1, 2, 3], outputTokens: 30, temperature: 0 };
    let tokens: readonly number[] = [];
    await withRuntime(tinyShape, async (runtime) => {
      tokens = await generate(runtime, draw);
    });
    // The same weights, and now what they say third ends a sequence.
    await withRuntime({ ...tinyShape, eosTokenId: tokens[2] ?? 0 }, async (runtime) => {
      expect(await generate(runtime, draw)).toEqual(tokens);
    });
  });

  it('says so when the memory does not hold the context', () =>
    withRuntime(tinyShape, async (runtime) => {
      await expect(runtime.resize(2 ** 31)).rejects.toMatchObject({
        code: 'E_ENGINE_START',
        message: expect.stringContaining('could not make a context of 2,147,483,648 tokens'),
        hint: expect.stringContaining('--prompt-lengths'),
      });
      await runtime.resize(100);
      expect(runtime.contextTokens).toBe(256);
    }));

  it('brings any text back from its ids', () =>
    withRuntime(tinyShape, (runtime) => {
      const text = 'Water and light: naïve 熵 ✓\n  two lines <|im_end|>';
      const ids = runtime.tokenize(text);
      expect(runtime.detokenize(ids)).toBe(text);
      // The name of a special token is plain text here.
      expect(ids).not.toContain(tinyShape.eosTokenId);
      return Promise.resolve();
    }));

  it('says what is wrong with the model before llama.cpp sees it', () =>
    withFolder(async (folder) => {
      const { path, bytes } = await writeTinyModel(folder);
      await truncate(path, bytes - 4096);
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
});
