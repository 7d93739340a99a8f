import { z } from 'zod';

import type { EngineFacts } from '../engine.ts';
import type { MemoryFigure } from '../memory.ts';

export const memoryFigureSchema = z.object({
  kind: z.enum(['engine', 'process', 'device', 'host']),
  bytes: z.number().nullable(),
  method: z.string(),
  reason: z.string().nullable(),
  host: z
    .object({ anonymousBytes: z.number(), fileBytes: z.number(), cgroupPeakBytes: z.number().nullable() })
    .optional(),
}) satisfies z.ZodType<MemoryFigure>;

/** engine.json */
export const engineSchema = z.object({
  name: z.string(),
  version: z.string().nullable(),
  device: z.string().nullable(),
  // Runs of earlier versions have none.
  gpuCount: z.number().nullable().default(null),
  url: z.string().nullable(),
  roundTripMs: z.number().nullable().optional(),
  pid: z.number().nullable(),
  weights: z.enum(['real', 'dummy', 'unknown']),
  dtype: z.string().nullable(),
  maxLength: z.number().nullable(),
  cache: z.enum(['off', 'on', 'unknown']),
  flags: z.enum(['known', 'partly known', 'unknown']).optional(),
  packages: z.record(z.string(), z.string()).optional(),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  memory: z.array(memoryFigureSchema),
  notes: z.array(z.string()),
}) satisfies z.ZodType<EngineFacts>;
