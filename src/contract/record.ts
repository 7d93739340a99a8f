import type { MemoryFigure } from './memory.ts';
import type { EngineTimings, Outcome } from './request.ts';

/** Who said a count. */
export type CountSource =
  | 'engine'
  | 'server-usage'
  | 'running-usage'
  | 'token-ids'
  | 'server-timings'
  | 'tokenizer'
  | 'assumed-one'
  | 'unknown';

/** The raw facts of one request, nothing derived. Times: nanoseconds of the monotonic clock since the run's start. */
export interface RequestRecord {
  readonly id: number;
  readonly cell: string;
  readonly execution: number;
  readonly repetition: number;
  readonly phase: 'warmup' | 'measured';
  /** The thread that sent it: 0 is the main one, client threads count from 1. */
  readonly shard: number;
  /** 1, or 2 after a reused connection died before its first byte. */
  readonly attempts: number;
  /** When the request should have been sent. */
  readonly dueNs: number;
  /** Time spent on opening the connection for this request; null: it was already open. */
  readonly connectNs: number | null;
  /** Just before the answering attempt's first byte was written. */
  readonly sentNs: number;
  readonly endNs: number;
  /** One stamp a chunk; equal neighbours came in one socket read. */
  readonly chunkNs: Float64Array;
  /** Tokens of each chunk; null when it can't be known. */
  readonly chunkTokens: Uint32Array | null;
  /** First chunk after reasoning; null when there was none. */
  readonly answerChunk: number | null;
  /** null: a fixed prompt, whose length nobody planned. */
  readonly requestedPromptTokens: number | null;
  readonly requestedOutputTokens: number;
  readonly promptTokens: number | null;
  readonly cachedTokens: number | null;
  readonly outputTokens: number | null;
  readonly countedBy: { readonly prompt: CountSource; readonly output: CountSource; readonly chunks: CountSource };
  readonly timings: EngineTimings | null;
  /** Memory while this request ran; empty where the engine can't tell it of one request. */
  readonly memory: readonly MemoryFigure[];
  readonly outcome: Outcome;
}
