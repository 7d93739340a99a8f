import { z } from 'zod';

import type { Batch } from '../batch.ts';
import { planSchema } from './plan.ts';

/** batch.json */
export const batchSchema = z.object({
  v: z.literal(1),
  name: z.string(),
  entries: z.array(
    z.object({
      id: z.string(),
      digest: z.string(),
      directory: z.string(),
      asked: z.boolean(),
      plan: planSchema,
    }),
  ),
}) satisfies z.ZodType<Batch>;
