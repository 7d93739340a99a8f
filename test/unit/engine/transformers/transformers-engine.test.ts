import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRunClock } from '../../../../src/base/clock.ts';
import { kvBytesPerToken } from '../../../../src/catalog/model-shapes.ts';
import type { Engine } from '../../../../src/contract/engine.ts';
import { ask, request, requestOf } from './ask.ts';
import { findRealPython, isAlive, openTiny, planWith, tinyShape, writeConfig } from './real-python.ts';

const python = await findRealPython();
const path = 'path' in python ? python.path : '';
const reason = 'skip' in python ? ` (${python.skip})` : '';

const ok = { status: 'ok', failure: null, finishReason: 'length', lengthRule: 'engine' };

describe.skipIf(path === '')(`real Transformers, a tiny dummy Qwen2${reason}`, () => {
  let engine: Engine;
  let folder: string;
  const clock = startRunClock();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tokometer-transformers-'));
    // Published settings that would change length and choice of the tokens.
    const settings = { do_sample: true, temperature: 0.7, repetition_penalty: 1.5, eos_token_id: [1, 2, 3, 2002] };
    await writeFile(join(folder, 'generation_config.json'), JSON.stringify(settings));
    await writeConfig(folder);
    engine = await openTiny(folder, planWith(path), clock);
  });
  afterAll(async () => {
    await engine?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('facts say what was loaded', () => {
    const facts = engine.facts();
    expect(facts).toMatchObject({ name: 'Transformers', weights: 'dummy', dtype: 'bfloat16', maxLength: 4096 });
    expect(facts.version).toMatch(/^\d+\.\d+/);
    expect(facts.settings).toMatchObject({
      architecture: 'Qwen2ForCausalLM',
      attention: 'sdpa',
      quantization: null,
      compile: false,
      // 2048 x 128 tied, 2 layers, the last norm.
      parameters: 2048 * 128 + 2 * (128 * 256 + 256 + 128 * 128 + 3 * 128 * 256 + 256) + 128,
    });
  });

  test.each([
    [1, 24],
    [300, 24],
    [37, 1],
  ])('%i prompt tokens, %i generated: exact counts, rising stamps, inside the time of the call', async (p, g) => {
    const before = clock.nowNs();
    const answer = await ask(engine, request(p, g));
    const after = clock.nowNs();
    expect(answer.outcome).toMatchObject(ok);
    expect(answer.usage).toEqual({ promptTokens: p, cachedTokens: 0, outputTokens: g });
    const stamps = [...answer.sentNs, ...answer.chunkNs];
    expect(stamps).toHaveLength(1 + g);
    expect(stamps.every((stamp, place) => place === 0 || stamp > (stamps[place - 1] ?? Infinity))).toBe(true);
    expect(stamps[0]).toBeGreaterThan(before);
    expect(stamps.at(-1)).toBeLessThan(after);
    expect(answer.endNs).toEqual([stamps.at(-1)]);
    expect(answer.timings).toMatchObject({ decodeTokens: g - 1, source: 'Transformers worker' });
  });

  // Reading, checking and collecting garbage cost some milliseconds, and more on a busy machine; a token adds nothing.
  const outsideNs = async (outputTokens: number): Promise<number> => {
    const before = clock.nowNs();
    const answer = await ask(engine, request(16, outputTokens));
    return clock.nowNs() - before - ((answer.chunkNs.at(-1) ?? 0) - (answer.sentNs[0] ?? 0));
  };

  test('the time of the tokens is the time of the call but for the pipe', async () => {
    const [few, many]: [number[], number[]] = [[], []];
    for (let round = 0; round < 4; round++) {
      few.push(await outsideNs(1));
      many.push(await outsideNs(150));
    }
    expect(Math.min(...many)).toBeLessThan(3 * Math.min(...few));
  });

  test('keys and values grow as the arithmetic says', async () => {
    const cacheBytes = async (length: number): Promise<number> => {
      await ask(engine, request(length, 8));
      return Number(engine.facts().settings['cacheBytes']);
    };
    const [short, long] = [await cacheBytes(100), await cacheBytes(1100)];
    expect(long - short).toBe(1000 * kvBytesPerToken(tinyShape));
    // The last token is chosen, but not fed back.
    expect(short).toBe(107 * kvBytesPerToken(tinyShape));
    const figure = engine.memory?.().find(({ kind }) => kind === 'engine');
    expect(figure?.bytes).toBe(long + Number(engine.facts().settings['weightBytes']));
  });

  test('on a CPU the device has no figure, and a reason', () => {
    const figures = engine.memory?.() ?? [];
    const device = figures.find(({ kind }) => kind === 'device');
    if (engine.facts().gpuCount === 0) expect(device).toMatchObject({ bytes: null, reason: /CPU/ });
    expect(figures.find(({ kind }) => kind === 'host')?.bytes).toBeGreaterThan(50e6);
  });

  test('random prompts draw from ids that are not special', async () => {
    const vocabulary = await engine.vocabulary?.();
    expect(vocabulary?.ids.length).toBe(2001);
    expect(vocabulary?.ids.at(-1)).toBe(2000);
  });

  test('a bad id, an empty prompt and one too long are outcomes; the next request is answered', async () => {
    const bad = await ask(engine, requestOf([5, 2048], 4));
    expect(bad.outcome).toMatchObject({ status: 'failed', failure: 'engine' });
    expect(bad.outcome.message).toContain('id 2048');
    expect(bad.endNs).toHaveLength(1);
    expect((await ask(engine, requestOf([], 4))).outcome.message).toContain('empty');
    const long = await ask(engine, request(4090, 7));
    expect(long.outcome).toMatchObject({ status: 'failed', failure: 'context-length' });
    expect((await ask(engine, request(4000, 4))).outcome).toMatchObject(ok);
  });

  test('one request at a time', async () => {
    const first = ask(engine, request(8, 16));
    const second = await ask(engine, request(8, 16));
    expect(second.outcome).toMatchObject({ status: 'failed', failure: 'engine' });
    expect(second.outcome.message).toContain('--parallel 1');
    expect((await first).outcome).toMatchObject(ok);
  });

  test('a cancelled request ends early, and the engine goes on', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    const answer = await ask(engine, request(8, 4000), stop.signal);
    expect(answer.outcome).toMatchObject({ status: 'failed', failure: 'cancelled' });
    expect(answer.chunkNs.length).toBeGreaterThan(0);
    expect(answer.chunkNs.length).toBeLessThan(4000);
    expect((await ask(engine, request(8, 4))).outcome).toMatchObject(ok);
    const aborted = await ask(engine, request(8, 4), AbortSignal.abort());
    expect(aborted.outcome.failure).toBe('cancelled');
  });

  test('the speed probe tells a speed of the right order', async () => {
    const speed = await engine.speed?.();
    expect(speed?.atPromptTokens).toBe(512);
    expect(speed?.prefillTokensPerSecond).toBeGreaterThan(speed?.decodeTokensPerSecond ?? Infinity);
    expect(speed?.decodeTokensPerSecond).toBeGreaterThan(5);
  });

  // Last: it takes the engine away.
  test('a worker that is killed in a request is an outcome with the cause, and so is each request after it', async () => {
    const pid = engine.facts().pid ?? 0;
    expect(await isAlive(pid)).toBe(true);
    setTimeout(() => process.kill(pid, 'SIGKILL'), 200);
    const answer = await ask(engine, request(8, 4000));
    expect(answer.outcome).toMatchObject({ status: 'failed', failure: 'engine' });
    expect(answer.outcome.message).toContain('SIGKILL');
    expect(answer.endNs).toHaveLength(1);
    expect((await ask(engine, request(8, 4))).outcome.message).toContain('SIGKILL');
    expect(await isAlive(pid)).toBe(false);
  });
});
