/**
 * Schemas of what a run directory holds, for the walls where files come in. They take the files of their own version
 * and leave unknown fields out; each must agree with its contract type, which the compiler checks at its declaration.
 * Imported lazily and at walls alone: the schema library is never on the road to `--help`.
 */
import { z } from 'zod';

import type { ArrivalPlan, CellPlan, EnginePlan, RunPlan, SloLimit } from '../plan.ts';

const count = z.int().nonnegative();
const duration = z.number().nonnegative();

/** Files from before open loops have none. */
export const arrivalSchema = z
  .object({ kind: z.enum(['poisson', 'constant']), requestsPerSecond: z.number().positive() })
  .nullable()
  .default(null) satisfies z.ZodType<ArrivalPlan | null>;

export const cellSchema = z.object({
  id: z.string(),
  kind: z.enum(['speed', 'load']),
  promptTokens: count.nullable(),
  outputTokens: count,
  parallel: z.int().positive().nullable(),
  arrival: arrivalSchema,
  requests: z.int().positive(),
  warmupRequests: count,
}) satisfies z.ZodType<CellPlan>;

/** Files of earlier versions have none. */
export const sloSchema = z
  .array(
    z.object({
      metric: z.enum(['ttft', 'tpot', 'latency']),
      operator: z.enum(['<=', '<']),
      limitMs: z.number().positive(),
    }),
  )
  .default([]) satisfies z.ZodType<readonly SloLimit[]>;

const devicePlan = {
  loadFormat: z.enum(['auto', 'dummy']),
  dtype: z.string(),
  gpus: z.string().nullable(),
  trustRemoteCode: z.boolean(),
  python: z.string().nullable(),
  hub: z.enum(['auto', 'huggingface', 'modelscope']),
  revision: z.string().nullable(),
  startTimeoutMs: duration,
  // Plans of earlier versions have none.
  allowBusy: z.boolean().default(false),
};

const enginePlanSchema = z.discriminatedUnion('api', [
  z.object({
    api: z.literal('openai'),
    url: z.string(),
    urlGiven: z.string().nullable(),
    apiKey: z.string().nullable(),
    headers: z.record(z.string(), z.string()),
    connectTimeoutMs: duration.nullable(),
    readTimeoutMs: duration.nullable(),
    totalTimeoutMs: duration,
    testConnection: z.boolean(),
    stream: z.boolean(),
    proxy: z.string().nullable(),
    http2: z.boolean(),
    busyPoll: z.boolean(),
    serverPid: z.int().positive().nullable().default(null),
  }),
  z.object({
    api: z.literal('local_llama'),
    loadFormat: z.enum(['auto', 'dummy']),
    dummyQuantization: z.enum(['Q4_0', 'Q8_0']),
    threads: z.int().positive().nullable(),
  }),
  z.object({
    api: z.literal('local'),
    ...devicePlan,
    attention: z.string().nullable(),
    deviceMap: z.string().nullable(),
    compile: z.boolean(),
  }),
  z.object({
    api: z.enum(['local_vllm', 'local_sglang', 'local_llama_server', 'command']),
    ...devicePlan,
    dummyQuantization: z.enum(['Q4_0', 'Q8_0']).default('Q4_0'),
    gpuMemoryUtilization: z.number(),
    enforceEager: z.boolean(),
    maxModelLength: z.int().positive().nullable(),
    engineArguments: z.array(z.string()),
    command: z.array(z.string()).nullable(),
    threads: z.int().positive().nullable(),
    connectTimeoutMs: duration.nullable(),
    readTimeoutMs: duration.nullable(),
    totalTimeoutMs: duration,
  }),
  z.object({
    api: z.literal('reference'),
    timing: z.object({
      ttftMs: duration,
      itlMs: duration,
      jitterMs: duration,
      prefillTokensPerSecond: z.number().positive().nullable(),
      tokensPerChunk: z.int().positive(),
      seed: z.number(),
    }),
  }),
]) satisfies z.ZodType<EnginePlan>;

/** plan.json */
export const planSchema = z.object({
  v: z.literal(1),
  name: z.string().nullable(),
  model: z.string(),
  engine: enginePlanSchema,
  workload: z.object({
    dataset: z.enum(['speed_benchmark', 'speed_benchmark_long', 'prompt']),
    prompt: z.string().nullable(),
    seed: z.number(),
    minOutputTokens: count.nullable(),
    temperature: z.number().nullable(),
    extraArguments: z.record(z.string(), z.unknown()),
    tokenizerPath: z.string().nullable(),
    tokenizePrompt: z.boolean().nullable(),
    fitMs: duration.nullable(),
  }),
  traffic: z.object({
    repetitions: z.int().positive().nullable(),
    requests: z.int().positive().nullable(),
    warmups: count,
    // Plans of earlier versions have none of these.
    untilSteady: z.boolean().default(false),
    precision: z.number().positive().nullable().default(null),
    timeBudgetMs: duration.nullable().default(null),
    executions: z.int().positive().default(1),
    // Runs of earlier versions had one.
    clientThreads: z.union([z.int().positive(), z.literal('auto')]).default(1),
  }),
  cells: z.array(cellSchema),
  // Runs of earlier versions measured all their rows.
  estimate: z
    .object({ cells: z.array(cellSchema), repetitions: z.int().positive(), warmups: count })
    .nullable()
    .default(null),
  slo: sloSchema,
  output: z.object({
    directory: z.string(),
    timestamp: z.boolean(),
    logEveryRequests: z.number(),
    debug: z.boolean(),
  }),
  // Runs of earlier versions have none.
  peaks: z
    .object({
      bandwidthBytesPerSecond: z.number().positive().nullable(),
      operationsPerSecond: z.number().positive().nullable(),
    })
    .default({ bandwidthBytesPerSecond: null, operationsPerSecond: null }),
}) satisfies z.ZodType<RunPlan>;
