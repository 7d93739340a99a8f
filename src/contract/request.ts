import type { MemoryFigure } from './memory.ts';

/** What is sent, and how the answer comes back. Nouns only. */

/** Token ids where the engine takes them, else text that was counted. */
export type Prompt =
  | { readonly kind: 'ids'; readonly ids: Uint32Array }
  | { readonly kind: 'text'; readonly text: string };

export interface RequestSpec {
  /** Position in the run, from 0; the same index always gives the same prompt. */
  readonly index: number;
  readonly prompt: Prompt;
  /** What the engine must count for this prompt, chat shape and BOS included; null: a fixed prompt, not counted before. */
  readonly promptTokens: number | null;
  readonly outputTokens: number;
  readonly minOutputTokens: number | null;
  readonly temperature: number | null;
  readonly extraArguments: Readonly<Record<string, unknown>>;
}

/** `unknown`: the chunk holds tokens, but nobody says how many. */
export type ChunkTokens = number | 'unknown';

/** What the counts of a server's chunks stand on. */
export type ChunkCounting = 'running-usage' | 'server-timings' | 'token-ids';

/** What the first tokens of a chunk are: hidden reasoning, or the answer itself. */
export type ChunkKind = 'reasoning' | 'answer';

export interface TokenUsage {
  readonly promptTokens: number | null;
  readonly cachedTokens: number | null;
  readonly outputTokens: number | null;
}

/** Times that the engine itself took of one request; null where it says nothing. */
export interface EngineTimings {
  readonly promptMs: number | null;
  readonly decodeMs: number | null;
  readonly decodeTokens: number | null;
  /** Where the figures come from, such as `llama-server timings`. */
  readonly source: string;
}

/**
 * Receives the stamps of one request while it is answered. All times are nanoseconds of the run clock.
 * Called on the hot path: an implementation stores and returns.
 */
export interface ChunkSink {
  /** Just before an attempt's first byte is written. A retry calls it again and starts the record anew. */
  sent(atNs: number, connectNs: number | null): void;
  /** A chunk that carries at least one token. */
  chunk(atNs: number, tokens: ChunkTokens, kind: ChunkKind): void;
  /** Running or final counts; the last call wins, field by field. */
  usage(usage: TokenUsage): void;
  timings(timings: EngineTimings): void;
  /** What the known counts of the chunks stand on, told once before the end; left out by an engine that counts itself. */
  counting?(by: ChunkCounting): void;
  /** Memory while this request ran, from an engine that can tell it of one request. */
  memory?(figures: readonly MemoryFigure[]): void;
  /** The last byte of the response, or its failure. */
  ended(atNs: number): void;
}

/** Why a request failed. Closed: every message and hint is chosen by it. */
export type FailureKind =
  | 'connect'
  | 'connect-timeout'
  | 'read-timeout'
  | 'total-timeout'
  | 'reset'
  | 'http-status'
  | 'not-json'
  | 'bad-stream'
  | 'bad-utf8'
  | 'server-error'
  | 'truncated'
  | 'no-tokens'
  | 'context-length'
  | 'engine'
  | 'cancelled';

/** What kept the output at its length: the row says it, because `min_tokens` slows some servers. */
export type LengthRule = 'ignore_eos' | 'min_tokens' | 'ignore_eos+min_tokens' | 'engine' | 'none';

/** Success and failure have the same shape. A failed request is an outcome, not an exception. */
export interface Outcome {
  readonly status: 'ok' | 'failed';
  /** null when ok. */
  readonly failure: FailureKind | null;
  /** null when ok; else what happened, with the server's own words. */
  readonly message: string | null;
  readonly httpStatus: number | null;
  /** `length`, `stop`, ... as the server says it. */
  readonly finishReason: string | null;
  readonly lengthRule: LengthRule;
}
