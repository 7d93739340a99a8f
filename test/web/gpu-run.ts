import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { EngineFacts } from '../../src/contract/engine.ts';
import type { CellPlan, RunPlan } from '../../src/contract/plan.ts';
import type { ProtocolFacts } from '../../src/contract/protocol.ts';
import type { RequestRecord } from '../../src/contract/record.ts';
import type { TelemetrySample } from '../../src/contract/telemetry.ts';
import { openRunStore } from '../../src/store/run-store.ts';
import { gpuSample, hostSample } from '../unit/metrics/samples.ts';
import {
  environment,
  plan as basePlan,
  scriptedRecord,
  workload as baseWorkload,
} from '../unit/metrics/scripted-run.ts';

const lengths = [1, 6144, 14_336, 30_720];
const tokens = 64;
const repetitions = 2;
const passMs = 4000;

const cells: readonly CellPlan[] = lengths.map((promptTokens) => ({
  id: `p${promptTokens}-g${tokens}`,
  kind: 'speed',
  promptTokens,
  outputTokens: tokens,
  parallel: 1,
  arrival: null,
  requests: 1,
  warmupRequests: 1,
}));

// A model of the catalogue on a device of the catalogue: peaks and keys and values a token are known.
const plan: RunPlan = { ...basePlan, model: 'Qwen/Qwen2.5-7B-Instruct', cells };

const engine: EngineFacts = {
  name: 'vLLM',
  version: '0.11.0',
  device: 'NVIDIA H200',
  gpuCount: 1,
  url: 'http://127.0.0.1:8000/v1/completions',
  pid: 4711,
  weights: 'dummy',
  dtype: 'bfloat16',
  maxLength: 32_768,
  cache: 'off',
  settings: {},
  memory: [],
  notes: [],
};

// 28 layers, 4 heads of 128, keys and values of 2 bytes.
const keyValueBytes = 57_344;

function records(): RequestRecord[] {
  const sent = cells.flatMap((cell, place) =>
    ['warmup' as const, ...Array.from({ length: repetitions }, () => 'measured' as const)].map((phase, pass) => ({
      cell,
      phase,
      repetition: Math.max(1, pass),
      sentMs: 1000 + (place * (repetitions + 1) + pass) * passMs,
    })),
  );
  return sent.map(({ cell, phase, repetition, sentMs }, id) => {
    const promptTokens = cell.promptTokens ?? 0;
    const script = { sentMs, ttftMs: 12 + promptTokens / 40 + repetition, itlMs: 5 + promptTokens / 10_000, tokens };
    const bytes = 15.3e9 + (promptTokens + tokens) * keyValueBytes;
    return scriptedRecord(script, {
      id,
      cell: cell.id,
      phase,
      repetition,
      requestedPromptTokens: promptTokens,
      promptTokens,
      memory: [{ kind: 'engine', bytes, method: 'weights and the keys and values of the request', reason: null }],
    });
  });
}

function telemetry(): TelemetrySample[] {
  const passes = cells.length * (repetitions + 1);
  return Array.from({ length: passes * 8 }, (_, step) => {
    const atMs = 1000 + step * (passMs / 8);
    const busy = { busyMs: 1000 + step * 120, ownMs: 500 + step * 100 };
    const gpu = { memoryUsedBytes: 17e9 + Math.floor(step / 24) * 5e8, powerWatts: 420 + (step % 8) * 10 };
    return [hostSample(atMs, busy), gpuSample(atMs, { ...gpu, coreMhz: 1980 - (step % 3) * 15 })];
  }).flat();
}

const protocol: ProtocolFacts = {
  v: 1,
  isDone: true,
  starts: [{ execution: 1, readyMs: null, cells: cells.map(({ id }) => id) }],
  warmups: [],
  stops: cells.map(({ id }) => ({ cell: id, reason: 'repetitions', halfWidth: null })),
};

/**
 * Leaves the directory of a speed run on a GPU, as a run leaves it: what the device could do is known, each request tells its memory,
 * which grows with its context, and the GPU was sampled. Its times are scripted, and no measurement.
 */
export async function writeGpuRun(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'records.jsonl'), '');
  const store = await openRunStore(directory);
  await store.writePlan(plan);
  await store.writeEnvironment(environment);
  await store.writeEngine(engine);
  await store.writeWorkload({ ...baseWorkload, cells, prompts: [] });
  await store.writeProtocol(protocol);
  for (const record of records()) store.appendRecord(record);
  await store.appendTelemetry(telemetry());
  await store.close();
}
