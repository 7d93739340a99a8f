import { z } from 'zod';

import type { LengthScale, PromptMethod, WorkloadFacts } from '../workload.ts';
import { cellSchema } from './plan.ts';

export const promptMethodSchema = z.enum([
  'token-ids',
  'server-tokenize',
  'tokenizer-file',
  'calibrated-text',
  'fixed-text',
]) satisfies z.ZodType<PromptMethod>;

export const lengthScaleSchema = z.object({
  factor: z.number(),
  plannedPromptTokens: z.array(z.number()),
  plannedOutputTokens: z.number(),
  reason: z.string(),
}) satisfies z.ZodType<LengthScale>;

/** workload.json */
export const workloadSchema = z.object({
  v: z.literal(1),
  method: promptMethodSchema,
  vocabulary: z.string(),
  vocabularySize: z.number(),
  seed: z.number(),
  nonce: z.string().nullable(),
  addedTokens: z.number(),
  scale: lengthScaleSchema.nullable(),
  cells: z.array(cellSchema),
  prompts: z.array(
    z.object({
      index: z.number(),
      cell: z.string(),
      promptTokens: z.number().nullable(),
      sha256: z.string(),
    }),
  ),
}) satisfies z.ZodType<WorkloadFacts>;
