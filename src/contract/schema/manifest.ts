import { z } from 'zod';

import type { FileManifest, ManifestFacts, Repeats } from '../manifest.ts';

export const repeatsSchema = z
  .object({
    directory: z.string(),
    differences: z.array(z.object({ what: z.string(), before: z.string(), now: z.string() })),
  })
  .nullable() satisfies z.ZodType<Repeats | null>;

const fileSchema = z.object({
  path: z.string(),
  bytes: z.number(),
  modifiedAt: z.string(),
  digest: z.string(),
  method: z.enum(['sha256', 'head-sha256', 'hub-sha256', 'hub-git-sha1']),
}) satisfies z.ZodType<FileManifest>;

/** manifest.json */
export const manifestSchema = z.object({
  v: z.literal(1),
  variables: z.record(z.string(), z.string()),
  driver: z.string().nullable(),
  model: z
    .object({
      path: z.string(),
      source: z.enum(['folder', 'huggingface', 'modelscope']),
      revision: z.string().nullable(),
      files: z.array(fileSchema),
    })
    .nullable(),
  tokenizer: z.array(fileSchema),
  server: z
    .object({
      version: z.unknown(),
      models: z.unknown(),
      properties: z.unknown(),
      serverInfo: z.unknown(),
      cacheConfig: z.record(z.string(), z.string()).nullable(),
    })
    .nullable(),
  repeats: repeatsSchema,
}) satisfies z.ZodType<ManifestFacts>;
