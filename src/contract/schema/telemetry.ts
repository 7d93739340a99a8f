import { z } from 'zod';

import type { TelemetrySample } from '../telemetry.ts';

const reading = z.number().nullable();
const times = z.object({ count: z.number(), totalMs: z.number() }).nullable();

/** One line of telemetry.jsonl, its version aside. */
export const telemetrySampleSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('host'),
    atNs: z.number(),
    inFlight: z.boolean(),
    busyMs: reading,
    ownMs: reading,
    stealMs: reading,
    throttledPeriods: reading,
    throttledMs: reading,
    loadAverage: z.number(),
    cpuMhz: reading,
    governor: z.string().nullable(),
    cpuCelsius: reading,
    loopActiveMs: z.number(),
    timerLateMs: reading,
    packageJoules: reading,
  }),
  z.object({
    kind: z.literal('gpu'),
    atNs: z.number(),
    uuid: z.string(),
    utilizationPercent: reading,
    memoryUsedBytes: reading,
    powerWatts: reading,
    energyJoules: reading,
    coreMhz: reading,
    memoryMhz: reading,
    celsius: reading,
    slowdowns: z
      .array(z.enum(['hardware slowdown', 'thermal slowdown', 'hardware thermal slowdown', 'power brake']))
      .nullable(),
    powerCapped: z.boolean().nullable(),
  }),
  z.object({
    kind: z.literal('gpu-processes'),
    atNs: z.number(),
    foreign: z.array(z.object({ uuid: z.string(), pid: reading, name: z.string() })).nullable(),
    reason: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('server'),
    atNs: z.number(),
    counters: z
      .object({
        source: z.string(),
        requests: reading,
        promptTokens: reading,
        outputTokens: reading,
        cachedTokens: reading,
        ttft: times,
        latency: times,
        decodeMs: reading,
      })
      .nullable(),
  }),
  z.object({
    kind: z.literal('unavailable'),
    atNs: z.number(),
    source: z.enum(['gpu', 'host']),
    reason: z.string(),
  }),
]) satisfies z.ZodType<TelemetrySample>;
