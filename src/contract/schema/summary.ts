import { z } from 'zod';

import type {
  FieldDefinition,
  Interval,
  PublishedFigure,
  Summary,
  SummaryRow,
  SummaryValue,
  Estimate,
} from '../summary.ts';
import type { ServerTruth } from '../server-truth.ts';
import { calibrationUseSchema, rowBoundSchema } from './calibration.ts';
import { engineSchema } from './engine.ts';
import { repeatsSchema } from './manifest.ts';
import { arrivalSchema, sloSchema } from './plan.ts';
import { stopDecisionSchema, warmupEndSchema } from './protocol.ts';
import { outcomeSchema } from './record.ts';
import { lengthScaleSchema, promptMethodSchema } from './workload.ts';

// Files from before several executions have no word on them.
const intervalSchema = z
  .object({
    low: z.number(),
    high: z.number(),
    level: z.number(),
    method: z.string(),
    covers: z.enum(['repetitions', 'executions']).default('repetitions'),
  })
  .nullable() satisfies z.ZodType<Interval | null>;

const valueSchema = z.object({
  id: z.string(),
  label: z.string(),
  unit: z.string(),
  better: z.enum(['higher', 'lower', 'neither']),
  formula: z.string(),
  value: z.number().nullable(),
  reason: z.string().nullable(),
  n: z.number(),
  method: z.string(),
  interval: intervalSchema,
  spread: z
    .object({ min: z.number(), median: z.number(), max: z.number(), standardDeviation: z.number().nullable() })
    .nullable(),
  percentiles: z.array(
    z.object({
      percent: z.number(),
      value: z.number().nullable(),
      reason: z.string().nullable(),
      interval: intervalSchema.default(null),
      intervalReason: z.string().nullable().default(null),
    }),
  ),
  raw: z.array(z.number()),
  executions: z.array(z.number()).default([]),
}) satisfies z.ZodType<SummaryValue>;

const publishedSchema = z.object({
  source: z.string(),
  model: z.string(),
  framework: z.string(),
  version: z.string().nullable(),
  hardware: z.string(),
  quantization: z.string(),
  note: z.string().nullable(),
  published: valueSchema,
  ratio: valueSchema,
  differences: z.array(z.string()),
}) satisfies z.ZodType<PublishedFigure>;

const fieldSchema = z.object({
  path: z.string(),
  unit: z.string(),
  formula: z.string(),
  n: z.number(),
  method: z.string(),
}) satisfies z.ZodType<FieldDefinition>;

const serverTruthSchema = z.object({
  source: z.string(),
  reason: z.string().nullable(),
  otherRequests: z.number().nullable(),
  figures: z.array(
    z.object({
      id: z.enum(['ttft', 'latency', 'decode_time', 'prompt_tokens', 'output_tokens']),
      label: z.string(),
      unit: z.enum(['ms', 'tokens']),
      formula: z.string(),
      n: z.number(),
      server: z.number(),
      client: z.number().nullable(),
      gapPercent: z.number().nullable(),
    }),
  ),
}) satisfies z.ZodType<ServerTruth>;

const rowSchema = z.object({
  cell: z.string(),
  kind: z.enum(['speed', 'load']),
  promptTokens: z.number().nullable(),
  outputTokens: z.number(),
  parallel: z.number().nullable(),
  arrival: arrivalSchema,
  values: z.record(z.string(), valueSchema),
  // Runs of earlier versions have none.
  published: z.array(publishedSchema).default([]),
  valid: z.boolean(),
  reasons: z.array(z.string()),
  cache: z.enum(['off', 'proved-cold', 'hit', 'unknown']),
  marks: z.array(
    z.enum(['coalesced', 'speculative-or-batched', 'short-output', 'single-run', 'partial', 'unsteady', 'outlier']),
  ),
  // Summaries of earlier versions have none.
  noise: z
    .array(
      z.object({
        reason: z.enum(['foreign CPU load', 'foreign GPU process', 'foreign requests', 'clock change', 'throttled']),
        text: z.string(),
      }),
    )
    .default([]),
  serverTruth: serverTruthSchema.nullable().default(null),
  // Summaries of earlier versions don't tell of their protocol.
  warmups: z.array(warmupEndSchema.extend({ text: z.string() })).default([]),
  stopped: stopDecisionSchema.extend({ text: z.string() }).nullable().default(null),
  outliers: z
    .array(
      z.object({
        execution: z.number(),
        repetition: z.number(),
        metric: z.string(),
        value: z.number(),
        median: z.number(),
      }),
    )
    .default([]),
  bound: rowBoundSchema.nullable().default(null),
  trend: z.string().nullable().default(null),
  counts: z.object({
    measured: z.number(),
    failed: z.number(),
    warmup: z.number(),
    planned: z.number(),
    executions: z.number().default(1),
  }),
  requests: z.array(
    z.object({
      id: z.number(),
      phase: z.enum(['warmup', 'measured']),
      execution: z.number().default(1),
      repetition: z.number(),
      attempts: z.number(),
      sentMs: z.number(),
      connectMs: z.number().nullable(),
      ttftMs: z.number().nullable(),
      latencyMs: z.number().nullable(),
      decodeSpeed: z.number().nullable(),
      generatedSpeed: z.number().nullable(),
      totalSpeed: z.number().nullable(),
      promptTokens: z.number().nullable(),
      cachedTokens: z.number().nullable(),
      outputTokens: z.number().nullable(),
      outcome: outcomeSchema,
    }),
  ),
}) satisfies z.ZodType<SummaryRow>;

const estimateSchema = z.object({
  reason: z.string().nullable(),
  rows: z.array(
    z.object({
      cell: z.string(),
      promptTokens: z.number(),
      outputTokens: z.number(),
      values: z.record(z.string(), valueSchema),
      beyondMeasured: z.number(),
    }),
  ),
  laws: z.array(
    z.object({
      of: z.enum(['decode', 'prefill']),
      formula: z.string(),
      parameters: z.array(valueSchema),
      deviation: valueSchema,
    }),
  ),
  measuredTime: valueSchema,
  fullTime: valueSchema,
}) satisfies z.ZodType<Estimate>;

/** summary.json */
export const summarySchema = z.object({
  v: z.literal(1),
  tokometer: z.string(),
  model: z.string(),
  name: z.string().nullable(),
  startedAt: z.string(),
  directory: z.string(),
  state: z.enum(['complete', 'partial']),
  engine: engineSchema,
  machine: z.string(),
  workload: z.object({
    dataset: z.string(),
    method: z.union([promptMethodSchema, z.literal('unknown')]),
    scale: lengthScaleSchema.nullable(),
    seed: z.number(),
    nonce: z.string().nullable(),
  }),
  calibration: calibrationUseSchema.nullable().default(null),
  // Summaries of earlier versions have none.
  repeats: repeatsSchema.default(null),
  slo: sloSchema,
  starts: z
    .array(
      z.object({
        execution: z.number(),
        readyMs: z.number().nullable(),
        firstRequest: z
          .object({
            cell: z.string(),
            phase: z.enum(['warmup', 'measured']),
            ttftMs: z.number().nullable(),
            latencyMs: z.number().nullable(),
          })
          .nullable(),
      }),
    )
    .default([]),
  rows: z.array(rowSchema),
  // Summaries of earlier versions have none.
  estimate: estimateSchema.nullable().default(null),
  advice: z.array(
    z.object({ id: z.string(), text: z.string(), hint: z.string().nullable(), rows: z.array(z.string()) }),
  ),
  warnings: z.array(z.string()),
  fields: z.array(fieldSchema).default([]),
}) satisfies z.ZodType<Summary>;
