import { z } from 'zod';

import type { Summary, SummaryRow, SummaryValue } from '../summary.ts';
import { engineSchema } from './engine.ts';
import { stopDecisionSchema, warmupEndSchema } from './protocol.ts';
import { outcomeSchema } from './record.ts';
import { lengthScaleSchema, promptMethodSchema } from './workload.ts';

const intervalSchema = z.object({ low: z.number(), high: z.number(), level: z.number(), method: z.string() });

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
  interval: intervalSchema.nullable(),
  spread: z
    .object({ min: z.number(), median: z.number(), max: z.number(), standardDeviation: z.number().nullable() })
    .nullable(),
  percentiles: z.array(
    z.object({
      percent: z.number(),
      value: z.number().nullable(),
      reason: z.string().nullable(),
      // Summaries of earlier versions have no intervals of percentiles.
      interval: intervalSchema.nullable().default(null),
      intervalReason: z.string().nullable().default(null),
    }),
  ),
  raw: z.array(z.number()),
}) satisfies z.ZodType<SummaryValue>;

const rowSchema = z.object({
  cell: z.string(),
  kind: z.enum(['speed', 'load']),
  promptTokens: z.number().nullable(),
  outputTokens: z.number(),
  parallel: z.number(),
  values: z.record(z.string(), valueSchema),
  valid: z.boolean(),
  reasons: z.array(z.string()),
  cache: z.enum(['off', 'proved-cold', 'hit', 'unknown']),
  marks: z.array(
    z.enum(['coalesced', 'speculative-or-batched', 'short-output', 'single-run', 'partial', 'unsteady', 'outlier']),
  ),
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
  advice: z.array(
    z.object({ id: z.string(), text: z.string(), hint: z.string().nullable(), rows: z.array(z.string()) }),
  ),
  warnings: z.array(z.string()),
}) satisfies z.ZodType<Summary>;
