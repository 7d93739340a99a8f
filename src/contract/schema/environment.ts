import { z } from 'zod';

import type { EnvironmentFacts } from '../environment.ts';

/** environment.json */
export const environmentSchema = z.object({
  v: z.literal(1),
  tokometer: z.string(),
  node: z.string(),
  startedAt: z.string(),
  monotonicOriginNs: z.string(),
  os: z.string(),
  kernel: z.string(),
  architecture: z.string(),
  hostCpu: z.string(),
  cores: z.number(),
  memoryBytes: z.number(),
  container: z.string().nullable(),
  loadAverage: z.array(z.number()),
  cpuGovernor: z.string().nullable(),
  commandLine: z.array(z.string()),
}) satisfies z.ZodType<EnvironmentFacts>;
