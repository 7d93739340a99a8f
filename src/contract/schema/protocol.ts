import { z } from 'zod';

import type { ProtocolFacts, StopDecision, WarmupEnd } from '../protocol.ts';

const warmup = {
  execution: z.int().positive(),
  passes: z.int().nonnegative(),
  timesMs: z.array(z.number().nullable()),
  steady: z.boolean().nullable(),
  reason: z.enum(['fixed', 'agreement', 'no-trend', 'most-passes', 'time', 'failed']),
  spread: z.number().nullable(),
};

const stop = {
  reason: z.enum(['repetitions', 'precision', 'most', 'time-budget', 'failing']),
  halfWidth: z.number().nullable(),
};

export const warmupEndSchema = z.object(warmup) satisfies z.ZodType<WarmupEnd>;

export const stopDecisionSchema = z.object(stop) satisfies z.ZodType<StopDecision>;

/** protocol.json */
export const protocolSchema = z.object({
  v: z.literal(1),
  isDone: z.boolean(),
  starts: z.array(
    z.object({ execution: z.int().positive(), readyMs: z.number().nullable(), cells: z.array(z.string()) }),
  ),
  warmups: z.array(z.object({ cell: z.string(), ...warmup })),
  stops: z.array(z.object({ cell: z.string(), ...stop })),
}) satisfies z.ZodType<ProtocolFacts>;
