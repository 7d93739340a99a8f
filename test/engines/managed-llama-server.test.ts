import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi, type TestContext } from 'vitest';
import type { Engine } from '../../src/contract/engine.ts';
import type { ManagedServerPlan } from '../../src/contract/plan.ts';
import { writeDummyModel } from '../../src/engine/llama/dummy-model.ts';
import { findLlamaServer, type LlamaServerFiles } from './llama-server.ts';
import {
  answer,
  compileRoom,
  isGroupGone,
  listen,
  open,
  request,
  someIds,
  startParent,
  timeUntil,
  tinyGgufShape,
} from './managed-setup.ts';
import { serverPlan } from '../support/server-plan.ts';

const found = findLlamaServer();
const vocabulary = 40_000;
const stopLimitMs = 15_000;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokometer-managed-llama-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function filesOrSkip(context: TestContext): LlamaServerFiles {
  if ('skip' in found) return context.skip(found.skip);
  return found;
}

function input(
  { binary, model }: LlamaServerFiles,
  overrides: Partial<ManagedServerPlan> = {},
): { plan: ManagedServerPlan; model: string; modelPath: string; maxLength: number; logFile: string } {
  const plan = serverPlan({ command: [binary], threads: 1, ...overrides });
  return { plan, model: servedName, modelPath: model, maxLength: 640, logFile: join(folder, 'engine.log') };
}

async function opened(files: LlamaServerFiles, overrides: Partial<ManagedServerPlan> = {}): Promise<Engine> {
  const engine = await open(input(files, overrides));
  onTestFinished(() => engine.close());
  return engine;
}

function watchdogsOf(parent: number): number[] {
  const children = new Set(readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' '));
  return processesWith('endGroupAfterParent').filter((pid) => children.has(String(pid)));
}

function isAlive(pid: number): boolean {
  return processesWith('endGroupAfterParent').includes(pid);
}

const groupOf = (engine: Engine): number => engine.facts().pid ?? 0;

// Other tests may run servers of their own beside these.
const servedName = `smollm2-${process.pid}`;

/** Processes of this machine whose command line holds a text. */
function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

test('starts, counts exactly at two lengths, tells its memory, and stops', async (context) => {
  const files = filesOrSkip(context);
  const engine = await opened(files);
  const facts = engine.facts();
  expect(facts).toMatchObject({ name: 'llama-server', device: 'CPU', weights: 'real', cache: 'off', maxLength: 768 });
  expect(facts.settings['command']).toContain('--parallel 1');
  expect(facts.version).toMatch(/\d/);
  for (const length of [40, 600]) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time
    const answered = await answer(engine, request(someIds(length, vocabulary, length), 16));
    expect(answered.outcome).toMatchObject({ status: 'ok' });
    expect(answered.usage).toMatchObject({ promptTokens: length, outputTokens: 16, cachedTokens: 0 });
    expect(answered.tokens).toBe(16);
  }
  const memory = engine.memory?.() ?? [];
  const figure = (what: string): number => memory.find((one) => one.method.startsWith(what))?.bytes ?? 0;
  // 30 layers x 3 heads x 64 x 2 (K and V) x 2 bytes a token, for 768 tokens.
  expect(figure('KV pool')).toBeCloseTo(30 * 3 * 64 * 2 * 2 * 768, -5);
  expect(figure('weights')).toBeGreaterThan(90 * 2 ** 20);
  expect(figure('needed')).toBeGreaterThan(figure('weights') + figure('KV pool') / 2);
  expect(memory.find((one) => one.kind === 'host')?.bytes).toBeGreaterThan(100 * 2 ** 20);
  const group = groupOf(engine);
  await engine.close();
  expect(isGroupGone(group)).toBe(true);
  expect(await readFile(join(folder, 'engine.log'), 'utf8')).toContain(`--model ${files.model}`);
});

test('leaves no watchdog behind a normal stop', async (context) => {
  const engine = await opened(filesOrSkip(context));
  const group = groupOf(engine);
  const watchdogs = watchdogsOf(process.pid);
  expect(watchdogs).toHaveLength(1);
  await engine.close();
  expect(isGroupGone(group)).toBe(true);
  expect(watchdogs.some(isAlive)).toBe(false);
});

test('dummy weights of a name of the catalogue', async (context) => {
  const files = filesOrSkip(context);
  vi.stubEnv('XDG_CACHE_HOME', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const engine = await open({
    plan: serverPlan({ command: [files.binary], threads: 1, loadFormat: 'dummy', dummyQuantization: 'Q4_0' }),
    model: 'Qwen/Qwen2.5-0.5B-Instruct',
    modelPath: null,
    maxLength: 80,
    logFile: join(folder, 'dummy.log'),
  });
  onTestFinished(() => engine.close());
  expect(engine.facts()).toMatchObject({ name: 'llama-server', weights: 'dummy' });
  expect(engine.facts().settings['command']).toContain('Qwen2.5-0.5B-Instruct.Q4_0');
  const ids = (await engine.vocabulary?.())?.ids ?? new Uint32Array();
  expect(ids.length).toBeGreaterThan(16);
  const prompt = Uint32Array.from({ length: 64 }, (_, index) => ids[(index * 7) % ids.length] ?? 0);
  const answered = await answer(engine, request(prompt, 8));
  expect(answered.outcome).toMatchObject({ status: 'ok' });
  expect(answered.usage).toMatchObject({ promptTokens: 64, outputTokens: 8 });
  expect(answered.tokens).toBe(8);
});

test('rows beyond the limit of the model run with YaRN, which is told', async (context) => {
  const files = filesOrSkip(context);
  const { path } = await writeDummyModel({ shape: tinyGgufShape, quantization: 'Q8_0', seed: 1, directory: folder });
  const { tell, warnings } = listen();
  const engine = await open({
    ...input(files),
    modelPath: path,
    known: { yarn: { factor: 4, baseLength: 256 } },
    tell,
  });
  onTestFinished(() => engine.close());
  expect(warnings).toEqual([expect.stringMatching(/YaRN .*factor 4 on 256/)]);
  expect(engine.facts().weights).toBe('dummy');
  const answered = await answer(engine, request(someIds(600, 500), 16));
  expect(answered.outcome).toMatchObject({ status: 'ok' });
  expect(answered.usage).toMatchObject({ promptTokens: 600, outputTokens: 16 });
});

describe('what keeps it from starting', () => {
  test('the port that the user named is taken', async (context) => {
    const files = filesOrSkip(context);
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await expect(open(input(files, { engineArguments: ['--port', String(port)] }))).rejects.toMatchObject({
      code: 'E_PORT_IN_USE',
      message: expect.stringContaining(`port ${port} is taken`),
      hint: expect.stringContaining('--engine-args'),
    });
  });

  test('a flag that it does not know', async (context) => {
    const files = filesOrSkip(context);
    await expect(open(input(files, { engineArguments: ['--no-such-flag'] }))).rejects.toMatchObject({
      code: 'E_ENGINE_START',
      exitCode: 4,
      message: expect.stringMatching(
        /stopped .* after its start \(exit 1\): "error: invalid argument: --no-such-flag"/,
      ),
      hint: expect.stringMatching(/Correct --engine-args.*\nThe log is .*engine\.log/),
    });
  });

  test('a model file that is not there, and one that is no model', async (context) => {
    const files = filesOrSkip(context);
    const missing = join(folder, 'missing.gguf');
    const cut = join(folder, 'cut.gguf');
    await writeFile(cut, 'GGUF');
    for (const modelPath of [missing, cut]) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time
      await expect(open({ ...input(files), modelPath })).rejects.toMatchObject({
        code: 'E_MODEL_FILE',
        message: expect.stringContaining(modelPath),
        hint: expect.stringContaining('GGUF'),
      });
    }
  });

  test('a program that is not there', async (context) => {
    const files = filesOrSkip(context);
    await expect(open(input(files, { command: ['/nonexistent/llama-server'] }))).rejects.toMatchObject({
      code: 'E_MISSING_PACKAGE',
      exitCode: 3,
      hint: expect.stringContaining('llama.cpp'),
    });
  });

  test('too little time, with no process left', async (context) => {
    const files = filesOrSkip(context);
    await expect(open(input(files, { startTimeoutMs: 1 }))).rejects.toMatchObject({
      code: 'E_ENGINE_START',
      hint: expect.stringContaining('--start-timeout'),
    });
    expect(processesWith(servedName)).toEqual([]);
  });

  test('an interruption, with no process left', async (context) => {
    const files = filesOrSkip(context);
    const controller = new AbortController();
    const starting = open({ ...input(files), signal: controller.signal });
    setTimeout(() => controller.abort(new Error('interrupted')), 100);
    await expect(starting).rejects.toThrow(/interrupted|abort/i);
    expect(processesWith(servedName)).toEqual([]);
  });
});

test('killed while it streams: the request fails, and the facts say how it ended', async (context) => {
  const engine = await opened(filesOrSkip(context));
  const group = groupOf(engine);
  let chunks = 0;
  const answered = await answer(engine, request(someIds(16, vocabulary), 600), () => {
    chunks++;
    if (chunks === 5) process.kill(group, 'SIGKILL');
  });
  expect(answered.outcome.status).toBe('failed');
  expect(chunks).toBeGreaterThanOrEqual(5);
  await timeUntil(() => isGroupGone(group), stopLimitMs);
  await sleep(50);
  expect(engine.facts().notes.join('\n')).toContain('llama-server ended during the run (killed by SIGKILL)');
  expect(engine.memory?.().find((one) => one.kind === 'host')).toMatchObject({ bytes: null });
  const next = await answer(engine, request(someIds(16, vocabulary), 4));
  expect(next.outcome).toMatchObject({ status: 'failed', failure: 'connect' });
});

describe('the end of Tokometer', () => {
  let room: ReturnType<typeof compileRoom> | null = null;
  beforeAll(() => {
    if (!('skip' in found)) room = compileRoom();
  });
  afterAll(() => room?.remove());

  test.each(['SIGTERM', 'SIGKILL'] as const)('by %s in the middle of a stream leaves no process', async (signal) => {
    if (room === null || 'skip' in found) return;
    const parent = startParent(room.folder, { ...input(found), interpreter: null, streams: true });
    const started: unknown = JSON.parse(await parent.line(/pid/));
    const group = typeof started === 'object' && started !== null && 'pid' in started ? Number(started.pid) : 0;
    await parent.line(/chunk/);
    expect(isGroupGone(group)).toBe(false);
    const watchdogs = watchdogsOf(parent.child.pid ?? 0);
    expect(watchdogs).toHaveLength(1);
    parent.child.kill(signal);
    const tookMs = await timeUntil(() => isGroupGone(group), stopLimitMs);
    expect(tookMs).toBeLessThan(stopLimitMs);
    await timeUntil(() => !watchdogs.some(isAlive), stopLimitMs);
  });
});

describe('any command', () => {
  test('is started with its port and model filled in', async (context) => {
    const files = filesOrSkip(context);
    const { tell } = listen();
    const command = [files.binary, '-m', '{model}', '--port', '{port}', '-c', '512', '-np', '1', '-ngl', '0'];
    const plan = serverPlan({ api: 'command', command });
    const engine = await open({ ...input(files), plan, tell });
    onTestFinished(() => engine.close());
    expect(engine.facts()).toMatchObject({ name: 'llama-server', weights: 'unknown', maxLength: 512 });
    const answered = await answer(engine, request(someIds(30, vocabulary), 8));
    expect(answered.usage).toMatchObject({ promptTokens: 30, outputTokens: 8 });
    const group = groupOf(engine);
    await engine.close();
    expect(isGroupGone(group)).toBe(true);
  });

  test('without a port is refused', async () => {
    const plan = serverPlan({ api: 'command', command: ['serve', '{model}'] });
    const refused = open({ plan, model: 'm', modelPath: null, maxLength: null, logFile: join(folder, 'engine.log') });
    await expect(refused).rejects.toMatchObject({ code: 'E_PLAN', hint: expect.stringContaining('{port}') });
  });
});
