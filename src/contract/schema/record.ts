import { z } from 'zod';

import { memoryFigureSchema } from './engine.ts';
import type { CountSource, RequestRecord } from '../record.ts';
import type { EngineTimings, Outcome } from '../request.ts';

export const outcomeSchema = z.object({
  status: z.enum(['ok', 'failed']),
  failure: z
    .enum([
      'connect',
      'connect-timeout',
      'read-timeout',
      'total-timeout',
      'reset',
      'http-status',
      'not-json',
      'bad-stream',
      'bad-utf8',
      'server-error',
      'truncated',
      'no-tokens',
      'context-length',
      'engine',
      'cancelled',
    ])
    .nullable(),
  message: z.string().nullable(),
  httpStatus: z.number().nullable(),
  finishReason: z.string().nullable(),
  lengthRule: z.enum(['ignore_eos', 'min_tokens', 'ignore_eos+min_tokens', 'engine', 'none']),
}) satisfies z.ZodType<Outcome>;

const countSourceSchema = z.enum([
  'engine',
  'server-usage',
  'running-usage',
  'token-ids',
  'server-timings',
  'tokenizer',
  'assumed-one',
  'unknown',
]) satisfies z.ZodType<CountSource>;

const timingsSchema = z.object({
  promptMs: z.number().nullable(),
  decodeMs: z.number().nullable(),
  decodeTokens: z.number().nullable(),
  source: z.string(),
}) satisfies z.ZodType<EngineTimings>;

/** What a line of records.jsonl changes in a record: the stamps are packed, and the version is with each line. */
type RecordLine = Omit<RequestRecord, 'chunkNs' | 'chunkTokens' | 'memory'> & {
  readonly v: 1;
  readonly chunkTokens?: number[] | null | undefined;
  readonly chunkNs: number[] | Float64Array;
};

// A schema for each number of a million costs half of the time of a summary.
const numbersSchema = z.custom<number[]>(
  (value) => Array.isArray(value) && value.every((one) => typeof one === 'number' && Number.isFinite(one)),
);

/** One line of records.jsonl. `chunkNs`: the first stamp, then differences. `chunkTokens` left out: all are 1. */
export const recordLineSchema = z.object({
  v: z.literal(1),
  id: z.number(),
  cell: z.string(),
  execution: z.number(),
  repetition: z.number(),
  phase: z.enum(['warmup', 'measured']),
  shard: z.number(),
  attempts: z.number(),
  dueNs: z.number(),
  connectNs: z.number().nullable(),
  sentNs: z.number(),
  endNs: z.number(),
  answerChunk: z.number().nullable(),
  requestedPromptTokens: z.number().nullable(),
  requestedOutputTokens: z.number(),
  promptTokens: z.number().nullable(),
  cachedTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  countedBy: z.object({ prompt: countSourceSchema, output: countSourceSchema, chunks: countSourceSchema }),
  timings: timingsSchema.nullable(),
  memory: z.array(memoryFigureSchema).optional(),
  outcome: outcomeSchema,
  chunkTokens: numbersSchema.nullable().optional(),
  // Read from the bytes of a line, they are whole numbers already.
  chunkNs: z.union([z.instanceof(Float64Array), numbersSchema]),
}) satisfies z.ZodType<RecordLine>;
