import { z } from 'zod';

import type { Calibration, CalibrationUse, RowBound } from '../calibration.ts';

const timeSchema = z.object({ n: z.number(), p50: z.number(), p99: z.number(), min: z.number(), max: z.number() });
const stampErrorSchema = timeSchema.extend({ streams: z.number(), gapMs: z.number() });

/** calibration.json */
export const calibrationSchema = z.object({
  v: z.literal(1),
  tokometer: z.string(),
  node: z.string(),
  takenAt: z.string(),
  kernel: z.string(),
  hostCpu: z.string(),
  cores: z.number(),
  latencyFloor: timeSchema,
  roundTrip: timeSchema,
  stampError: z.object({ one: stampErrorSchema, many: stampErrorSchema }),
  highestRate: z.object({
    tokensPerSecond: z.number().positive(),
    n: z.number(),
    windowMs: z.number(),
    median: z.number(),
    min: z.number(),
    max: z.number(),
    streams: z.number(),
    clientBusy: z.number(),
  }),
  disturbances: z.array(z.string()),
}) satisfies z.ZodType<Calibration>;

export const rowBoundSchema = z.object({
  by: z.enum(['server', 'client', 'path']),
  because: z.array(z.enum(['ttft', 'gap', 'rate', 'late', 'round-trip'])),
  ttftShare: z.number().nullable(),
  gapShare: z.number().nullable(),
  rateShare: z.number().nullable(),
  roundTripMs: z.number().nullable(),
  roundTripShare: z.number().nullable(),
}) satisfies z.ZodType<RowBound>;

export const calibrationUseSchema = z.object({
  takenAt: z.string(),
  misfit: z.string().nullable(),
}) satisfies z.ZodType<CalibrationUse>;
