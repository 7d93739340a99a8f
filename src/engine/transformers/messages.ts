// What the Transformers worker and this process say to each other, one JSON object a line.
// The other side is python/worker, started by python/transformers_worker.py.
import { z } from 'zod';

/** Loads the model of a folder; the first message, answered by `ready` or `error`. */
export interface LoadMessage {
  readonly type: 'load';
  /** A folder with config.json, and with weights unless they are dummy. */
  readonly modelPath: string;
  readonly loadFormat: 'auto' | 'dummy';
  readonly dtype: string;
  readonly attention: string | null;
  readonly deviceMap: string | null;
  readonly compile: boolean;
  readonly trustRemoteCode: boolean;
  readonly seed: number;
}

/** One request; answered by one `done` or `error` after everything, by nothing before. */
export interface GenerateMessage {
  readonly type: 'generate';
  readonly id: number;
  readonly ids: readonly number[];
  readonly outputTokens: number;
}

export type ToWorker = LoadMessage | GenerateMessage | { readonly type: 'cancel' } | { readonly type: 'close' };

const bytes = z.number().nonnegative().nullable();

/** Bytes at one moment; null where they can't be read, the three of the devices always on a CPU. */
const memoryNow = {
  processAnonymousBytes: bytes,
  processResidentBytes: bytes,
  allocatedBytes: bytes,
  reservedBytes: bytes,
  deviceUsedBytes: bytes,
};

const readySchema = z.object({
  type: z.literal('ready'),
  versions: z.object({
    python: z.string(),
    torch: z.string(),
    transformers: z.string().nullable(),
    accelerate: z.string().nullable(),
    cuda: z.string().nullable(),
  }),
  devices: z.array(z.string()),
  onDevice: z.boolean(),
  deviceMap: z.string().nullable(),
  dtype: z.string(),
  attention: z.string().nullable(),
  architecture: z.string(),
  quantization: z.string().nullable(),
  parameters: z.number(),
  weightBytes: z.number(),
  maxLength: z.number().int().nullable(),
  vocabularySize: z.number().int().positive(),
  /** Ids from here on are special, or rows of the embedding table that no token has. */
  promptIdLimit: z.number().int().positive(),
  /** Special ids below that limit. */
  specialIds: z.array(z.number().int()),
  threads: z.number().int(),
  compiled: z.boolean(),
  memory: z.object({ ...memoryNow, loadPeakBytes: bytes }),
  importMs: z.number(),
  loadMs: z.number(),
});

const doneSchema = z.object({
  type: z.literal('done'),
  id: z.number().int(),
  /** CLOCK_MONOTONIC in nanoseconds, as text: too long for a number after 104 days of uptime. */
  sentNs: z.string().regex(/^\d+$/),
  /** After `sentNs`, one a token. */
  tokenNs: z.array(z.number().nonnegative()),
  endNs: z.number().nonnegative(),
  promptTokens: z.number().int(),
  outputTokens: z.number().int(),
  cancelled: z.boolean(),
  memory: z.object({ ...memoryNow, prefillPeakBytes: bytes, decodePeakBytes: bytes, cacheBytes: bytes }),
});

const errorKinds = [
  'missing-package',
  'out-of-memory',
  'attention',
  'device',
  'device-map',
  'dtype',
  'remote-code',
  'model',
  'dummy',
  'prompt',
  'engine',
] as const;

const errorSchema = z.object({
  type: z.literal('error'),
  id: z.number().int().nullable(),
  error: z.object({
    kind: z.enum(errorKinds),
    message: z.string(),
    /** Distributions that the interpreter lacks. */
    packages: z.array(z.string()),
    hasPip: z.boolean(),
  }),
});

const progressSchema = z.object({ type: z.literal('progress'), text: z.string() });

const fromWorkerSchema = z.discriminatedUnion('type', [readySchema, doneSchema, errorSchema, progressSchema]);

export type WorkerFacts = z.infer<typeof readySchema>;
export type WorkerAnswer = z.infer<typeof doneSchema>;
export type WorkerError = z.infer<typeof errorSchema>['error'];
export type FromWorker = z.infer<typeof fromWorkerSchema>;

/** Reads one line of the worker; null when it is none of its messages. */
export function parseWorkerLine(line: string): FromWorker | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const parsed = fromWorkerSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
