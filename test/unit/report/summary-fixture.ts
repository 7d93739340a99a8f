import type { EngineFacts } from '../../../src/contract/engine.ts';
import type { RunPlan } from '../../../src/contract/plan.ts';
import type { RequestResult, Summary, SummaryRow, SummaryValue } from '../../../src/contract/summary.ts';
import { cell } from '../metrics/scripted-run.ts';
import { threeRepetitions } from '../../support/traffic-plan.ts';

const definitions = {
  generated_speed: ['Generated speed', 'tokens/s', 'higher', 'G / (tn - t0)'],
  decode_speed: ['Decode speed', 'tokens/s', 'higher', '(G - g1) / (tn - t1)'],
  total_speed: ['Total speed', 'tokens/s', 'higher', '(P + G) / (tn - t0)'],
  prefill_speed: ['Prefill speed', 'tokens/s', 'higher', 'P / (t1 - t0)'],
  ttft: ['Time to first token', 'ms', 'lower', 't1 - t0'],
  gpu_memory: ['GPU memory', 'GiB', 'lower', 'weights + activation + KV cache'],
} as const;

export type FixtureMetric = keyof typeof definitions;

/** A value of `raw.length` repetitions; `half` is the half-width of its interval, null for none. */
export function fixtureValue(id: FixtureMetric, value: number | null, half: number | null = null, n = 3): SummaryValue {
  const [label, unit, better, formula] = definitions[id];
  const interval = { level: 0.95, method: 'Student t on times, inverted', covers: 'repetitions' as const };
  return {
    id,
    label,
    unit,
    better,
    formula,
    value,
    reason: value === null ? 'nothing was measured' : null,
    n,
    method: id === 'ttft' ? 'mean' : 'sum over sum',
    interval: value === null || half === null ? null : { ...interval, low: value - half, high: value + half },
    spread: null,
    percentiles: [],
    raw: value === null ? [] : Array.from({ length: n }, () => value),
    executions: value === null ? [] : Array.from({ length: n }, () => 1),
  };
}

export function fixtureRequest(change: Partial<RequestResult> = {}): RequestResult {
  return {
    id: 0,
    phase: 'measured',
    execution: 1,
    repetition: 1,
    attempts: 1,
    sentMs: 1204.5,
    connectMs: null,
    ttftMs: 550.2,
    latencyMs: 25_178.4,
    decodeSpeed: 83.1,
    generatedSpeed: 81.34,
    totalSpeed: 325.3,
    promptTokens: 6144,
    cachedTokens: 0,
    outputTokens: 2048,
    outcome: {
      status: 'ok',
      failure: null,
      message: null,
      httpStatus: 200,
      finishReason: 'length',
      lengthRule: 'ignore_eos',
    },
    ...change,
  };
}

interface RowNumbers {
  readonly promptTokens: number;
  readonly generated: readonly [number, number];
  readonly decode: readonly [number, number];
  readonly total: readonly [number, number];
  readonly prefill: readonly [number, number];
  readonly ttft: readonly [number, number];
  readonly memory: number;
}

function fixtureRow(numbers: RowNumbers, index: number): SummaryRow {
  const { promptTokens } = numbers;
  const request = (repetition: number, phase: 'warmup' | 'measured' = 'measured'): RequestResult => {
    const [generatedSpeed, decodeSpeed] = [numbers.generated[0], numbers.decode[0]];
    const place = { id: index * 4 + (phase === 'warmup' ? 0 : repetition), repetition, phase, promptTokens };
    return fixtureRequest({
      ...place,
      generatedSpeed,
      decodeSpeed,
      totalSpeed: numbers.total[0],
      ttftMs: numbers.ttft[0],
    });
  };
  return {
    cell: `p${promptTokens}`,
    kind: 'speed',
    promptTokens,
    outputTokens: 2048,
    parallel: 1,
    arrival: null,
    values: {
      generated_speed: fixtureValue('generated_speed', ...numbers.generated),
      decode_speed: fixtureValue('decode_speed', ...numbers.decode),
      total_speed: fixtureValue('total_speed', ...numbers.total),
      prefill_speed: fixtureValue('prefill_speed', ...numbers.prefill),
      ttft: fixtureValue('ttft', ...numbers.ttft),
      gpu_memory: { ...fixtureValue('gpu_memory', numbers.memory, null, 1), method: "from the engine's log" },
    },
    published: [],
    valid: true,
    reasons: [],
    cache: 'proved-cold',
    marks: [],
    noise: [],
    serverTruth: null,
    warmups: [],
    stopped: null,
    outliers: [],
    bound: null,
    trend: null,
    counts: { measured: 3, failed: 0, warmup: 1, planned: 3, executions: 1 },
    requests: [request(1, 'warmup'), request(1), request(2), request(3)],
  };
}

/** Four rows of three repetitions. The numbers are invented to show the form. */
export const fixtureRows: readonly SummaryRow[] = [
  {
    promptTokens: 1,
    generated: [84.39, 0.11] as const,
    decode: [84.4, 0.1] as const,
    total: [84.43, 0.11] as const,
    prefill: [66.6, 4.2] as const,
    ttft: [15.02, 0.94] as const,
    memory: 14.92,
  },
  {
    promptTokens: 6144,
    generated: [81.34, 0.14] as const,
    decode: [83.1, 0.12] as const,
    total: [325.3, 0.58] as const,
    prefill: [11_170, 84] as const,
    ttft: [550.2, 4.1] as const,
    memory: 15.26,
  },
  {
    promptTokens: 14_336,
    generated: [77.08, 0.35] as const,
    decode: [81.5, 0.3] as const,
    total: [616.7, 2.8] as const,
    prefill: [9887, 61] as const,
    ttft: [1450.1, 9.2] as const,
    memory: 15.71,
  },
  {
    promptTokens: 30_720,
    generated: [70.25, 0.22] as const,
    decode: [79.2, 0.24] as const,
    total: [1124.3, 3.5] as const,
    prefill: [9309, 48] as const,
    ttft: [3300.4, 17.2] as const,
    memory: 16.83,
  },
].map((numbers, index) => fixtureRow(numbers, index));

export const fixtureEngine: EngineFacts = {
  name: 'vLLM',
  version: '0.32.0',
  device: 'NVIDIA A100-SXM4-80GB',
  gpuCount: 1,
  url: 'http://127.0.0.1:8000/v1/completions',
  pid: 4711,
  weights: 'real',
  dtype: 'bfloat16',
  maxLength: 32_768,
  cache: 'off',
  settings: { 'tensor parallel': 1, 'prefix caching': false },
  memory: [
    { kind: 'process', bytes: 76_450_000_000, method: 'nvidia-smi, process tree', reason: null },
    { kind: 'host', bytes: 6_100_000_000, method: 'resident set', reason: null },
  ],
  notes: [],
};

export function fixtureSummary(change: Partial<Summary> = {}): Summary {
  return {
    v: 1,
    tokometer: '0.1.0',
    model: 'Qwen/Qwen2.5-7B-Instruct',
    name: null,
    startedAt: '2026-11-21T21:05:00.000Z',
    directory: 'outputs/Qwen2.5-7B-Instruct/20261121_210500',
    state: 'complete',
    engine: fixtureEngine,
    machine: 'Intel Xeon Gold 6338, 64 cores, 503 GiB, Linux 6.8',
    workload: { dataset: 'speed_benchmark', method: 'token-ids', scale: null, seed: 42, nonce: '5f0c2a91' },
    calibration: null,
    starts: [],
    repeats: null,
    slo: [],
    rows: fixtureRows,
    estimate: null,
    advice: [],
    warnings: [],
    fields: [],
    ...change,
  };
}

/** The fixture with one row changed. */
export function withRow(index: number, change: Partial<SummaryRow>): readonly SummaryRow[] {
  return fixtureRows.map((row, at) => (at === index ? { ...row, ...change } : row));
}

/** Everything at once that a footnote can tell. */
export function troubledSummary(): Summary {
  const [first, second, third, fourth] = fixtureRows;
  if (first === undefined || second === undefined || third === undefined || fourth === undefined)
    throw new Error('four rows');
  const failure = fixtureRequest({
    id: 9,
    outcome: {
      ...fixtureRequest().outcome,
      status: 'failed',
      failure: 'reset',
      message: 'the server closed the connection after 812 tokens',
      finishReason: null,
    },
  });
  return fixtureSummary({
    state: 'partial',
    rows: [
      { ...first, marks: ['coalesced', 'speculative-or-batched'], cache: 'unknown' },
      {
        ...second,
        valid: false,
        reasons: ['the server counted 6145 prompt tokens, 6144 were asked for'],
        counts: { measured: 2, failed: 1, warmup: 1, planned: 3, executions: 1 },
        requests: [...second.requests.slice(0, 3), failure],
      },
      { ...third, marks: ['short-output'], requests: [fixtureRequest({ outputTokens: 1900 }), fixtureRequest()] },
      {
        ...fourth,
        marks: ['partial', 'single-run'],
        counts: { measured: 1, failed: 0, warmup: 1, planned: 3, executions: 1 },
        values: { ...fourth.values, generated_speed: fixtureValue('generated_speed', 70.25, null, 1) },
        cache: 'unknown',
      },
    ],
    engine: { ...fixtureEngine, weights: 'dummy' },
    workload: {
      dataset: 'speed_benchmark',
      method: 'calibrated-text',
      scale: {
        factor: 0.05,
        plannedPromptTokens: [1, 122_880, 286_720, 614_400],
        plannedOutputTokens: 40_960,
        reason: 'so that the run ends within 3 minutes',
      },
      seed: 42,
      nonce: null,
    },
    advice: [
      {
        id: 'clock-drop',
        text: 'GPU clock fell 4 % in repetition 3 (thermal)',
        hint: 'cool down or add --warmup-num 3',
        rows: [third.cell],
      },
      { id: 'busy-machine', text: 'the machine was busy: load 3.2 on 2 cores', hint: null, rows: [] },
    ],
    warnings: ['the server refused ignore_eos once; min_tokens was sent instead'],
  });
}

export const fixturePlan: RunPlan = {
  v: 1,
  name: null,
  model: 'Qwen/Qwen2.5-7B-Instruct',
  engine: {
    api: 'openai',
    url: 'http://127.0.0.1:8000/v1/completions',
    urlGiven: null,
    apiKey: 'sk-very-secret',
    headers: { 'X-Team': 'private-team' },
    connectTimeoutMs: 6000,
    readTimeoutMs: 6000,
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
    minOutputTokens: 2048,
    temperature: 0,
    extraArguments: {},
    tokenizerPath: null,
    tokenizePrompt: null,
    fitMs: null,
  },
  traffic: threeRepetitions,
  cells: [1, 6144, 14_336, 30_720].map((promptTokens) => ({
    ...cell,
    id: `p${promptTokens}`,
    promptTokens,
    outputTokens: 2048,
  })),
  estimate: null,
  slo: [],
  output: { directory: 'outputs', timestamp: true, logEveryRequests: 5, debug: false },
  peaks: { bandwidthBytesPerSecond: null, operationsPerSecond: null },
};
