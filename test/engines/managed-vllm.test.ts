import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi, type TestContext } from 'vitest';
import type { Engine } from '../../src/contract/engine.ts';
import type { ManagedServerPlan } from '../../src/contract/plan.ts';
import { groupMembers } from '../../src/engine/managed/process-group.ts';
import {
  answer,
  compileRoom,
  isGroupGone,
  listen,
  open,
  type OpenInput,
  request,
  someIds,
  startParent,
  timeUntil,
  tinyVocabulary,
  writeTinyQwen,
} from './managed-setup.ts';
import { serverPlan } from '../support/server-plan.ts';

const interpreter = process.env['TOKOMETER_VLLM_PYTHON'] ?? null;
// A start takes 30 to 60 s on two cores.
const limitMs = 300_000;
const stopLimitMs = 30_000;
const maxLength = 640;

function interpreterOrSkip(context: TestContext): string {
  if (interpreter === null) return context.skip('no vLLM here: set TOKOMETER_VLLM_PYTHON to its Python interpreter');
  if (!existsSync(interpreter)) throw new Error(`TOKOMETER_VLLM_PYTHON is ${interpreter}, and there is no such file`);
  return interpreter;
}

// Modules are collected before any test: the folder must be there for the inputs below.
const folder = mkdtempSync(join(tmpdir(), 'tokometer-managed-vllm-'));
writeTinyQwen(folder);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tokometer-managed-one-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** The server among a process's children: a group of its own. */
function serverOf(parent: number): number | null {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const server = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--served-model-name'));
  return server === undefined ? null : Number(server);
}

function input(python: string, overrides: Partial<ManagedServerPlan> = {}): OpenInput {
  return {
    plan: serverPlan({ api: 'local_vllm', loadFormat: 'dummy', dtype: 'bfloat16', python, ...overrides }),
    model: 'tiny-qwen2',
    modelPath: folder,
    interpreter: python,
    maxLength,
    logFile: join(folder, 'engine.log'),
  };
}

describe('a real vLLM without tokenizer and weights', () => {
  let engine: Engine | null = null;
  const { tell, notes, warnings } = listen();
  let group = 0;

  beforeAll(async () => {
    if (interpreter === null) return;
    const startedAtMs = performance.now();
    engine = await open({ ...input(interpreter), tell });
    group = engine.facts().pid ?? 0;
    process.stdout.write(`vLLM ready after ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s\n`);
  }, limitMs);
  afterAll(() => engine?.close(), limitMs);

  const ready = (context: TestContext): Engine => {
    interpreterOrSkip(context);
    if (engine === null) throw new Error('the engine is not there');
    return engine;
  };

  test('tells what it is, and that the prefix cache is off', (context) => {
    const facts = ready(context).facts();
    expect(facts).toMatchObject({ name: 'vLLM', weights: 'dummy', cache: 'off', maxLength, dtype: 'bfloat16' });
    expect(facts.version).toMatch(/^\d+\.\d+/);
    expect(facts.settings['command']).toContain('--no-enable-prefix-caching');
    expect(facts.settings['command']).toContain('--skip-tokenizer-init');
    expect(warnings).toEqual([]);
    expect(notes.length).toBeGreaterThan(0);
    for (const note of notes) expect(note).toMatch(/^vLLM: \S/);
  });

  test('counts exactly at two lengths though every text is empty', async (context) => {
    const running = ready(context);
    const before = await running.counters?.();
    for (const [length, output] of [
      [100, 16],
      [600, 40],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time
      const answered = await answer(running, request(someIds(length, tinyVocabulary, length), output));
      expect(answered.outcome).toMatchObject({ status: 'ok', finishReason: 'length' });
      expect(answered.usage).toMatchObject({ promptTokens: length, outputTokens: output });
      expect(answered.tokens).toBe(output);
    }
    const after = await running.counters?.();
    expect(after).toMatchObject({ source: '/metrics of vLLM', cachedTokens: 0 });
    expect((after?.requests ?? 0) - (before?.requests ?? 0)).toBe(2);
    expect((after?.promptTokens ?? 0) - (before?.promptTokens ?? 0)).toBe(700);
    expect((after?.outputTokens ?? 0) - (before?.outputTokens ?? 0)).toBe(56);
    expect((after?.ttft?.totalMs ?? 0) - (before?.ttft?.totalMs ?? 0)).toBeGreaterThan(0);
    expect((after?.decodeMs ?? 0) - (before?.decodeMs ?? 0)).toBeGreaterThan(0);
  });

  test('prompts are drawn from ids that the model has', async (context) => {
    const vocabulary = await ready(context).vocabulary?.();
    expect(vocabulary?.source).toContain('config.json');
    expect(vocabulary?.ids.every((id) => id >= 10 && id < tinyVocabulary)).toBe(true);
    expect(await ready(context).tokenize?.('Hello')).toBeNull();
  });

  test('its KV pool and resident memory are read', (context) => {
    const running = ready(context);
    const memory = running.memory?.() ?? [];
    const space = Number(process.env['VLLM_CPU_KVCACHE_SPACE'] ?? 1);
    expect(memory.find((one) => one.method.startsWith('KV pool'))?.bytes).toBe(space * 2 ** 30);
    // 2 (K and V) x 2 layers x 2 heads x 64 x 2 bytes.
    const tokens = Number(running.facts().settings['kvCacheTokens']);
    expect((space * 2 ** 30) / tokens).toBeCloseTo(2 * 2 * 2 * 64 * 2, -1);
    const host = memory.find((one) => one.kind === 'host');
    expect(host?.bytes).toBeGreaterThan(2 ** 30);
    expect(host?.method).toMatch(/resident memory of \d+ processes/);
  });

  test('stops with every process, and quickly', async (context) => {
    const running = ready(context);
    const members = groupMembers(group).length;
    const startedAtMs = performance.now();
    await running.close();
    const tookMs = performance.now() - startedAtMs;
    expect(isGroupGone(group)).toBe(true);
    expect(tookMs).toBeLessThan(stopLimitMs);
    process.stdout.write(`vLLM: ${members} processes stopped in ${(tookMs / 1000).toFixed(1)} s\n`);
  });
});

test(
  'an engine killed in the middle of a stream: a failed request, and nothing left',
  async (context) => {
    const running = await open(input(interpreterOrSkip(context)));
    onTestFinished(() => running.close());
    const group = running.facts().pid ?? 0;
    let chunks = 0;
    const worker = groupMembers(group).filter((pid) => /EngineCore/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')));
    expect(worker.length).toBeGreaterThanOrEqual(1);
    const answered = await answer(running, request(someIds(32, tinyVocabulary), 600), () => {
      chunks++;
      if (chunks === 5) process.kill(worker[0] ?? 0, 'SIGKILL');
    });
    expect(answered.outcome.status).toBe('failed');
    const tookMs = await timeUntil(() => isGroupGone(group), stopLimitMs);
    process.stdout.write(`vLLM gone ${(tookMs / 1000).toFixed(1)} s after its engine was killed\n`);
    await sleep(100);
    expect(running.facts().notes.join('\n')).toMatch(/vLLM ended during the run \(/);
  },
  limitMs,
);

test(
  'rows beyond the limit of the model run with the YaRN override, which is told',
  async (context) => {
    const python = interpreterOrSkip(context);
    const short = await temporaryFolder();
    writeTinyQwen(short, { max_position_embeddings: 256 });
    const { tell, warnings } = listen();
    const running = await open({
      ...input(python),
      modelPath: short,
      known: { yarn: { factor: 4, baseLength: 256 } },
      rows: [
        { promptTokens: 100, outputTokens: 16 },
        { promptTokens: 600, outputTokens: 40 },
      ],
      tell,
    });
    onTestFinished(() => running.close());
    expect(running.facts().settings['command']).toContain('"rope_type":"yarn","factor":4.0');
    expect(running.facts().maxLength).toBe(maxLength);
    expect(warnings).toEqual([expect.stringMatching(/YaRN .*longer than 256 \(600 \+ 40\).*static/)]);
    const answered = await answer(running, request(someIds(600, tinyVocabulary), 40));
    expect(answered.usage).toMatchObject({ promptTokens: 600, outputTokens: 40 });
  },
  limitMs,
);

test(
  'dummy weights of a name of the catalogue: nothing on this machine, nothing from a network',
  async (context) => {
    const python = interpreterOrSkip(context);
    const directory = await temporaryFolder();
    const running = await open({
      ...input(python),
      model: 'Qwen/Qwen2.5-0.5B-Instruct',
      modelPath: null,
      // Beyond the 32,768 of the shape: its configuration is written with the override.
      maxLength: 33_024,
      logFile: join(directory, 'engine.log'),
    });
    onTestFinished(() => running.close());
    expect(running.facts()).toMatchObject({ weights: 'dummy', maxLength: 33_024 });
    expect(running.facts().settings['command']).toContain('--served-model-name Qwen/Qwen2.5-0.5B-Instruct');
    const answered = await answer(running, request(someIds(64, 151_000), 8));
    expect(answered.usage).toMatchObject({ promptTokens: 64, outputTokens: 8 });
    expect(answered.tokens).toBe(8);
  },
  limitMs,
);

describe('what keeps vLLM from starting', () => {
  let room: ReturnType<typeof compileRoom> | null = null;
  beforeAll(() => {
    if (interpreter !== null) room = compileRoom();
  });
  afterAll(() => room?.remove());

  test(
    'an unknown flag is named',
    async (context) => {
      const python = interpreterOrSkip(context);
      await expect(open(input(python, { engineArguments: ['--disable-log-requests'] }))).rejects.toMatchObject({
        code: 'E_ENGINE_START',
        message: expect.stringMatching(/\(exit 2\): ".*unrecognized arguments: --disable-log-requests"/),
        hint: expect.stringContaining('--engine-args'),
      });
    },
    limitMs,
  );

  test(
    'a length beyond the model is told with what helps',
    async (context) => {
      const python = interpreterOrSkip(context);
      const small = await temporaryFolder();
      writeTinyQwen(small, { max_position_embeddings: 256 });
      const refused = open({ ...input(python, { maxModelLength: 640 }), modelPath: small });
      await expect(refused).rejects.toMatchObject({
        code: 'E_ENGINE_START',
        message: expect.stringMatching(/max_model_len \(640\) is greater than/),
        hint: expect.stringContaining('--max-model-len'),
      });
    },
    limitMs,
  );

  test(
    'too little memory for the cache is told with what helps',
    async (context) => {
      const python = interpreterOrSkip(context);
      const large = await temporaryFolder();
      // 8 layers x 4 heads x 64 x 2 (K and V) x 2 bytes: 8 KiB a token, and 1.07 GiB for the longest text.
      writeTinyQwen(large, { num_hidden_layers: 8, num_key_value_heads: 4, max_position_embeddings: 200_000 });
      vi.stubEnv('VLLM_CPU_KVCACHE_SPACE', '1');
      onTestFinished(() => void vi.unstubAllEnvs());
      await expect(open({ ...input(python), modelPath: large, maxLength: 140_000 })).rejects.toMatchObject({
        code: 'E_ENGINE_START',
        message: expect.stringMatching(/KV cache is needed, which is larger than|KV cache needs/),
        hint: expect.stringMatching(/--max-model-len.*VLLM_CPU_KVCACHE_SPACE/),
      });
    },
    limitMs,
  );

  test('a Python without vLLM is told with how to get it', async () => {
    await expect(open(input('python3'))).rejects.toMatchObject({
      code: 'E_MISSING_PACKAGE',
      exitCode: 3,
      hint: expect.stringContaining('tokometer env create vllm'),
    });
  });

  test.each([
    ['at its start', /\$ /],
    ['while it loads', /Initializing a V1 LLM engine/],
  ])(
    'Tokometer killed %s leaves no process',
    async (_when, seen) => {
      if (room === null || interpreter === null) return;
      const logFile = join(folder, `killed-${Math.random()}.log`);
      const parent = startParent(room.folder, { ...input(interpreter), logFile });
      const log = (): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
      await timeUntil(() => seen.test(log()), limitMs);
      await timeUntil(() => serverOf(parent.child.pid ?? 0) !== null, limitMs);
      const group = serverOf(parent.child.pid ?? 0) ?? 0;
      const members = groupMembers(group);
      expect(members).toContain(group);
      parent.child.kill('SIGKILL');
      const tookMs = await timeUntil(() => isGroupGone(group), stopLimitMs);
      process.stdout.write(`${members.length} processes gone ${(tookMs / 1000).toFixed(1)} s after SIGKILL\n`);
    },
    limitMs,
  );
});
