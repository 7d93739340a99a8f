// Client threads against a real server: the built worker, sockets, and the server's own count.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { type RunClock, startRunClock } from '../../src/base/clock.ts';
import { LiveCounters } from '../../src/base/live-counters.ts';
import type { Engine } from '../../src/contract/engine.ts';
import type { RunPlan } from '../../src/contract/plan.ts';
import type { RequestRecord } from '../../src/contract/record.ts';
import type { PromptRecipe } from '../../src/contract/workload.ts';
import { openEngine } from '../../src/engine/registry.ts';
import { plan } from '../../src/plan/plan.ts';
import type { Pass } from '../../src/run/passes.ts';
import { ProtocolLog } from '../../src/run/protocol-log.ts';
import { Schedule } from '../../src/run/schedule.ts';
import { ClientThreads } from '../../src/run/shard/client-threads.ts';
import { ShardThread } from '../../src/run/shard/shard-thread.ts';
import { createRequestSource } from '../../src/workload/request-source.ts';
import { recordRequests, type RecordingServer } from '../support/recording-server.ts';
import { onSteadyMachine } from '../support/steady-machine.ts';
import { type Served, serveReference } from '../support/tokometer.ts';

const nonce = 'the same in each run';
const recipe: PromptRecipe = {
  kind: 'ids',
  method: 'token-ids',
  vocabulary: { ids: Uint32Array.from({ length: 5000 }, (_, place) => 100 + place), source: 'test' },
  addedTokens: 0,
};

let reference: Served;
let server: RecordingServer;
beforeAll(async () => {
  reference = await serveReference(['--ttft-ms', '10', '--itl-ms', '2', '--fault', 'refuse-field:timings_per_token']);
});
afterAll(() => reference.stop());
beforeEach(async () => {
  server = await recordRequests(reference.url);
});
afterEach(() => server.close());

interface Sending {
  readonly threads: ClientThreads;
  readonly engine: Engine;
  readonly counters: LiveCounters;
  readonly passes: readonly Pass[];
  readonly clock: RunClock;
  readonly warnings: string[];
  readonly notes: string[];
  close(): Promise<void>;
}

function planned(clientThreads: number | 'auto'): RunPlan {
  const url = `${server.url}/v1/completions`;
  const made = plan({ model: 'm', url, prompt: 'hi', maxTokens: 8, parallel: [12], requests: [60], clientThreads });
  // Each prompt its own: that the right one was sent can be seen.
  return { ...made, cells: made.cells.map((cell) => ({ ...cell, promptTokens: 6 })) };
}

async function open(
  clientThreads: number | 'auto',
  options: { testConnection?: boolean; signal?: AbortSignal; cores?: number } = {},
): Promise<Sending> {
  const { testConnection = true, signal = new AbortController().signal, cores = 2 } = options;
  const made = planned(clientThreads);
  const runPlan = { ...made, engine: { ...made.engine, testConnection } } as RunPlan;
  const clock = startRunClock();
  const counters = new LiveCounters();
  const warnings: string[] = [];
  const notes: string[] = [];
  const tell = {
    note: (text: string) => notes.push(text),
    warning: (text: string) => warnings.push(text),
    debug: () => undefined,
  };
  const engine = await openEngine({
    plan: runPlan,
    clock,
    tell,
    maxLength: null,
    modelPath: null,
    logFile: '/dev/null',
    signal,
  });
  server.clear();
  const source = createRequestSource({ recipe, seed: 7, nonce, outputs: runPlan.workload });
  const sender = { engine, source, clock, counters, signal, seed: 7 };
  const threads = new ClientThreads({
    plan: { ...runPlan, workload: { ...runPlan.workload, seed: 7 } },
    sender,
    recipe,
    nonce,
    tell,
    cores,
  });
  const { cells, traffic } = runPlan;
  const steps = new Schedule({ cells, traffic, nowMs: () => 0, log: new ProtocolLog() }).steps();
  const passes = [...steps].flatMap((step) => (step.kind === 'pass' ? [step.pass] : []));
  const close = async (): Promise<void> => {
    await threads.close();
    await engine.close();
  };
  return { threads, engine, counters, passes, clock, warnings, notes, close };
}

async function sendAll({ threads, passes }: Sending): Promise<RequestRecord[]> {
  const records: RequestRecord[] = [];
  for (const pass of passes) {
    // oxlint-disable-next-line no-await-in-loop -- one pass after another
    await threads.send(pass, (record) => records.push(record));
  }
  return records;
}

const shardsOf = (records: readonly RequestRecord[]): number[] =>
  [...new Set(records.map(({ shard }) => shard))].toSorted((one, other) => one - other);

test.each([2, 3])('%i threads send every request once, and the very bytes that one thread sends', async (count) => {
  const alone = await open(1);
  const expected = await sendAll(alone);
  const bytes = server.requests.toSorted();
  expect(shardsOf(expected)).toEqual([0]);
  expect(alone.threads.facts()).toEqual({ clientThreads: 1 });
  await alone.close();

  const together = await open(count);
  const records = await sendAll(together);
  expect(records.map(({ id }) => id).toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: 72 }, (_, id) => id),
  );
  expect(shardsOf(records)).toEqual(Array.from({ length: count }, (_, place) => place + 1));
  for (const { outcome, promptTokens, outputTokens, chunkNs, phase, id } of records) {
    expect([outcome.status, promptTokens, outputTokens, phase]).toEqual(['ok', 6, 8, id < 12 ? 'warmup' : 'measured']);
    expect(chunkNs.length).toBeGreaterThan(0);
  }
  expect(server.requests).toHaveLength(72);
  expect(server.requests.toSorted()).toEqual(bytes);
  expect(server.mostInFlight()).toBeLessThanOrEqual(12);
  expect(server.mostInFlight()).toBeGreaterThan(9);
  const { counters } = together;
  const names = ['due', 'sent', 'done', 'failed', 'tokens'] as const;
  expect(names.map((name) => counters.get(name))).toEqual([72, 72, 72, 0, 576]);
  expect(together.threads.facts()).toEqual({ clientThreads: count });
  await together.close();
});

test('stamps of all threads are of the run clock', async () => {
  const sending = await open(2);
  const before = sending.clock.nowNs();
  const records = await sendAll(sending);
  const after = sending.clock.nowNs();
  await sending.close();
  for (const { dueNs, sentNs, chunkNs, endNs } of records) {
    const stamps = [before, dueNs, sentNs, ...chunkNs, endNs, after];
    expect(stamps).toEqual(stamps.toSorted((one, other) => one - other));
  }
});

test('auto takes more threads after a warm-up that kept this one busy, warms them up, and tells it', async () => {
  const sending = await open('auto', { cores: 4 });
  const [warmup, measured] = sending.passes;
  if (warmup === undefined || measured === undefined) throw new Error('no passes');
  const records: RequestRecord[] = [];
  const keep = (record: RequestRecord): number => records.push(record);
  // Something else to do on this thread, for 9 ms of 10.
  const work = setInterval(() => {
    const endMs = performance.now() + 9;
    while (performance.now() < endMs);
  }, 10);
  // The pass lasts as long as its requests: with the server's pace about 300 ms.
  await sending.threads.send({ ...warmup, requests: 60, firstRequest: 0 }, keep);
  clearInterval(work);
  expect(shardsOf(records)).toEqual([0]);
  await sending.threads.settle(warmup);
  expect(records).toHaveLength(60);
  expect(server.requests).toHaveLength(60 + 12);
  expect(sending.counters.get('done')).toBe(60);
  expect(sending.notes).toHaveLength(1);
  expect(sending.notes[0]).toMatch(/^one thread was \d+ % busy in the warm-up of c12-n60-g8: [23] client threads send/);
  records.length = 0;
  await sending.threads.send(measured, keep);
  expect(records).toHaveLength(60);
  expect(shardsOf(records)).not.toContain(0);
  expect(sending.threads.facts()['clientThreads']).toBeGreaterThan(1);
  await sending.close();
});

test('auto stays on one thread where it keeps up', (context) =>
  onSteadyMachine(context, async (holds) => {
    const sending = await open('auto', { cores: 4 });
    const [warmup, measured] = sending.passes;
    if (warmup === undefined || measured === undefined) throw new Error('no passes');
    const records: RequestRecord[] = [];
    await sending.threads.send({ ...warmup, requests: 12 }, (record) => records.push(record));
    await sending.threads.settle(warmup);
    await sending.threads.send(measured, (record) => records.push(record));
    await sending.close();
    holds(sending.notes.length === 0, sending.notes.join());
    expect(shardsOf(records)).toEqual([0]);
  }));

test('what threads find out of a server is told once, and stands in the facts of the engine', async () => {
  const sending = await open(3, { testConnection: false });
  expect(sending.engine.facts().settings['fieldsLeftOut']).toBeNull();
  const records = await sendAll(sending);
  expect(records.filter(({ outcome }) => outcome.status === 'failed')).toEqual([]);
  expect(sending.warnings).toHaveLength(1);
  expect(sending.warnings[0]).toContain('timings_per_token');
  expect(sending.engine.facts().settings).toMatchObject({
    fieldsLeftOut: 'timings_per_token',
    chunkCounting: 'running-usage',
    lengthRule: 'none',
  });
  await sending.close();
});

test('an abort ends the threads’ requests, and what was done is kept', async () => {
  const controller = new AbortController();
  const sending = await open(2, { signal: controller.signal });
  const records: RequestRecord[] = [];
  const [, measured] = sending.passes;
  if (measured === undefined) throw new Error('no measured pass');
  await sending.threads.send(measured, (record) => {
    records.push(record);
    if (sending.counters.get('done') >= 20) controller.abort();
  });
  await sending.close();
  const ids = records.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThanOrEqual(20);
  expect(ids.length).toBeLessThan(60);
  expect(records.filter(({ outcome }) => outcome.status === 'ok').length).toBeGreaterThan(0);
  expect(
    records.filter(({ outcome }) => outcome.status !== 'ok').every(({ outcome }) => outcome.failure === 'cancelled'),
  ).toBe(true);
  expect(sending.counters.get('done')).toBe(ids.length);
});

test('a record that can’t be kept ends the pass with its reason', async () => {
  const sending = await open(2);
  const [pass] = sending.passes;
  if (pass === undefined) throw new Error('no pass');
  const full = new Error('the disk is full');
  const sent = sending.threads.send(pass, () => {
    throw full;
  });
  await expect(sent).rejects.toBe(full);
  await sending.close();
});

test('a thread that can’t begin is one clear error', async () => {
  const sending = await open(2);
  const endpoint = sending.engine.endpoint?.();
  if (endpoint === undefined) throw new Error('no endpoint');
  const broken = { ...endpoint, plan: { ...endpoint.plan, url: 'nowhere' } };
  const counters = sending.counters.shared;
  const job = { shard: 1, plan: planned(2), endpoint: broken, recipe, nonce, originNs: 0n, counters };
  const thread = new ShardThread(job, { warning: () => undefined, debug: () => undefined });
  await expect(thread.ready()).rejects.toMatchObject({
    code: 'E_CLIENT_THREAD',
    message: expect.stringMatching(/^client thread 1 failed: .*Invalid URL/),
  });
  await thread.close();
  await sending.close();
});
