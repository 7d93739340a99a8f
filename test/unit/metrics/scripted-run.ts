import type { EngineFacts } from '../../../src/contract/engine.ts';
import type { EnvironmentFacts } from '../../../src/contract/environment.ts';
import type { CellPlan, RunPlan } from '../../../src/contract/plan.ts';
import type { RequestRecord } from '../../../src/contract/record.ts';
import type { Outcome } from '../../../src/contract/request.ts';
import type { WorkloadFacts } from '../../../src/contract/workload.ts';
import type { RecordedRun } from '../../../src/metrics/summarize.ts';
import { threeRepetitions } from '../../support/traffic-plan.ts';

export const ok: Outcome = {
  status: 'ok',
  failure: null,
  message: null,
  httpStatus: 200,
  finishReason: 'length',
  lengthRule: 'ignore_eos',
};

export const refused: Outcome = {
  status: 'failed',
  failure: 'http-status',
  message: 'HTTP 503: no capacity',
  httpStatus: 503,
  finishReason: null,
  lengthRule: 'ignore_eos',
};

/** The script of a request: tokens at even gaps, times in ms. */
export interface Script {
  readonly sentMs?: number;
  readonly ttftMs?: number;
  readonly itlMs?: number;
  readonly tokens?: number;
}

/** A record of evenly spaced single tokens, any field replaced. */
export function scriptedRecord(script: Script = {}, fields: Partial<RequestRecord> = {}): RequestRecord {
  const { sentMs = 1000, ttftMs = 50, itlMs = 10, tokens = 11 } = script;
  const chunkNs = Float64Array.from({ length: tokens }, (_, index) => (sentMs + ttftMs + index * itlMs) * 1e6);
  return {
    id: 0,
    cell: 'p100',
    execution: 1,
    repetition: 1,
    phase: 'measured',
    shard: 0,
    attempts: 1,
    dueNs: sentMs * 1e6,
    connectNs: null,
    sentNs: sentMs * 1e6,
    endNs: (sentMs + ttftMs + tokens * itlMs) * 1e6,
    chunkNs,
    chunkTokens: new Uint32Array(tokens).fill(1),
    answerChunk: null,
    requestedPromptTokens: 100,
    requestedOutputTokens: tokens,
    promptTokens: 100,
    cachedTokens: 0,
    outputTokens: tokens,
    countedBy: { prompt: 'server-usage', output: 'server-usage', chunks: 'running-usage' },
    timings: null,
    memory: [],
    outcome: ok,
    ...fields,
  };
}

export const cell: CellPlan = {
  id: 'p100',
  kind: 'speed',
  promptTokens: 100,
  outputTokens: 11,
  parallel: 1,
  arrival: null,
  requests: 1,
  warmupRequests: 1,
};

export const plan: RunPlan = {
  v: 1,
  name: null,
  model: 'Qwen/Qwen2.5-0.5B-Instruct',
  engine: {
    api: 'openai',
    url: 'http://127.0.0.1:8000/v1/completions',
    urlGiven: null,
    apiKey: 'sk-very-secret',
    headers: { 'X-Api-Key': 'also-secret', 'X-Trace': 'on' },
    connectTimeoutMs: 6000,
    readTimeoutMs: null,
    totalTimeoutMs: 21_600_000,
    testConnection: true,
    stream: true,
    proxy: null,
    http2: false,
    busyPoll: false,
    serverPid: null,
  },
  workload: {
    dataset: 'speed_benchmark',
    prompt: null,
    seed: 42,
    minOutputTokens: null,
    temperature: 0,
    extraArguments: { top_k: 1 },
    tokenizerPath: null,
    tokenizePrompt: null,
    fitMs: null,
  },
  traffic: threeRepetitions,
  cells: [cell],
  estimate: null,
  slo: [],
  output: { directory: 'outputs', timestamp: true, logEveryRequests: 10, debug: false },
  peaks: { bandwidthBytesPerSecond: null, operationsPerSecond: null },
};

export const engine: EngineFacts = {
  name: 'OpenAI-compatible server',
  version: null,
  device: null,
  gpuCount: null,
  url: 'http://127.0.0.1:8000/v1/completions',
  pid: null,
  weights: 'unknown',
  dtype: null,
  maxLength: null,
  cache: 'unknown',
  settings: {},
  memory: [],
  notes: [],
};

export const environment: EnvironmentFacts = {
  v: 1,
  tokometer: '0.1.0',
  node: 'v20.19.0',
  startedAt: '2026-11-21T21:05:00.000Z',
  monotonicOriginNs: '123456789012345',
  os: 'Debian GNU/Linux 12',
  kernel: '6.1.0',
  architecture: 'x64',
  hostCpu: 'Example CPU 2.5 GHz',
  cores: 2,
  memoryBytes: 8 * 2 ** 30,
  container: null,
  loadAverage: [0.1, 0.2, 0.3],
  cpuGovernor: 'performance',
  commandLine: ['tokometer', 'perf', '--api-key', 'sk-very-secret', '--model', 'Qwen/Qwen2.5-0.5B-Instruct'],
};

export const workload: WorkloadFacts = {
  v: 1,
  method: 'token-ids',
  vocabulary: 'tokenizer.json',
  vocabularySize: 151_643,
  seed: 42,
  nonce: 'd1f0c7',
  addedTokens: 0,
  scale: null,
  cells: [cell],
  prompts: [{ index: 0, cell: 'p100', promptTokens: 100, sha256: '00'.repeat(32) }],
};

/** A run of these records, any part replaced. */
export function runOf(records: readonly RequestRecord[], parts: Partial<RecordedRun> = {}): RecordedRun {
  return {
    plan,
    cells: [cell],
    records,
    engine,
    environment,
    workload,
    protocol: null,
    directory: 'outputs/Qwen2.5-0.5B-Instruct/20261121_210500',
    state: 'complete',
    ...parts,
  };
}
