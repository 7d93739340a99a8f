import type { ServerManifest } from './manifest.ts';
import type { MemoryFigure } from './memory.ts';
import type { ArrivalPlan, OpenAiPlan } from './plan.ts';
import type { ChunkCounting, ChunkSink, LengthRule, Outcome, RequestSpec, TokenUsage } from './request.ts';

/** How an engine's prefix cache stands before a run: proof comes from the requests themselves. */
export type CacheState = 'off' | 'on' | 'unknown';

/** What is known of an engine after its start. Written to engine.json. */
export interface EngineFacts {
  /** As shown to people: `llama.cpp (node-llama-cpp)`, `vLLM`, `OpenAI-compatible server`. */
  readonly name: string;
  readonly version: string | null;
  /** The device that computes, as far as known. */
  readonly device: string | null;
  /** Accelerators that the model is spread over; 0: the CPU computes; null: not known, as of a served API. */
  readonly gpuCount: number | null;
  readonly url: string | null;
  /** The shortest round trip to it, seen when connections were opened, in ms; null or left out: not known. */
  readonly roundTripMs?: number | null | undefined;
  readonly pid: number | null;
  readonly weights: 'real' | 'dummy' | 'unknown';
  readonly dtype: string | null;
  /** Longest prompt + generation; null: unknown. */
  readonly maxLength: number | null;
  readonly cache: CacheState;
  /** Whether `settings` has all flags that decide the speed; left out: it has. */
  readonly flags?: 'known' | 'partly known' | 'unknown' | undefined;
  /** Versions of the software below the engine, by package; left out: none is known. */
  readonly packages?: Readonly<Record<string, string>> | undefined;
  /** Settings that change the speed, as they really are: threads, batch, flags dropped. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  readonly memory: readonly MemoryFigure[];
  /** Things to tell the user, in whole sentences. */
  readonly notes: readonly string[];
}

/** The ids that random prompts may use. */
export interface Vocabulary {
  /** Never special or added ids. */
  readonly ids: Uint32Array;
  /** Where they come from, for workload.json. */
  readonly source: string;
}

/** Result of a short real request outside the measurement. */
export interface ProbeResult {
  readonly outcome: Outcome;
  readonly usage: TokenUsage;
}

/** Speed of the engine by a short probe; used to scale lengths. Tokens a second. */
export interface SpeedProbe {
  readonly prefillTokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
  /** Prompt tokens at which the prefill figure was taken. */
  readonly atPromptTokens: number;
}

/** What a client has learnt of a server, and other clients of it need not find out again. */
export interface ServerAgreement {
  /** Optional fields of a request that are not sent. */
  readonly leftOut: readonly string[];
  /** `min_tokens` goes beside `ignore_eos`. */
  readonly withMinTokens: boolean;
  /** A request with the present fields has passed. */
  readonly proven: boolean;
  /** How the latest answer was counted and held at its length; null before the first one. */
  readonly latest: {
    readonly counting: ChunkCounting | null;
    readonly lengthRule: LengthRule;
    readonly cacheTurnedOff: boolean;
  } | null;
}

/** Times of requests that a server took since its start: of how many, and their sum. */
export interface ServerTimes {
  readonly count: number;
  readonly totalMs: number;
}

/** What a server itself has counted since its start; null where it does not tell. What matters is the rise between two of them. */
export interface ServerCounters {
  /** Who says it, such as `/metrics of vLLM`. */
  readonly source: string;
  /** Answered whole. */
  readonly requests: number | null;
  readonly promptTokens: number | null;
  readonly outputTokens: number | null;
  /** Prompt tokens found in the prefix cache. */
  readonly cachedTokens: number | null;
  /** From the arrival of a request to its first token. */
  readonly ttft: ServerTimes | null;
  /** From the arrival of a request to its last token. */
  readonly latency: ServerTimes | null;
  /** From first to last token, over all requests. */
  readonly decodeMs: number | null;
}

/** A server as it is reached: enough for another thread to send it the very same requests. Can be cloned. */
export interface ServerEndpoint {
  readonly plan: OpenAiPlan;
  /** The name that requests carry. */
  readonly model: string;
  readonly agreement: ServerAgreement;
}

/**
 * Answers requests. Small interface, and capabilities that are checked by presence.
 * `send` resolves when the last chunk arrived; it never rejects for a failed request.
 */
export interface Engine {
  readonly facts: () => EngineFacts;
  send(request: RequestSpec, sink: ChunkSink, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
  /** Builds what can be built before the due time (a request body). */
  prepare?(request: RequestSpec): void;
  /** Token ids of a text, without special tokens; null when the engine can't after all. */
  tokenize?(text: string): Promise<Uint32Array | null>;
  /** A real request of a few tokens, never part of the measurement. */
  probe?(request: RequestSpec): Promise<ProbeResult>;
  vocabulary?(): Promise<Vocabulary>;
  speed?(): Promise<SpeedProbe>;
  /** Makes room for prompts + generations of this many tokens, once lengths are known. */
  resize?(maxLength: number): Promise<void>;
  memory?(): readonly MemoryFigure[];
  /** What the server itself has counted; null: it tells nothing. Only asked while no request is in flight. */
  counters?(): Promise<ServerCounters | null>;
  /** What the server behind it said of itself. */
  manifest?(): ServerManifest | null;
  /** The server behind it, for clients in other threads. */
  endpoint?(): ServerEndpoint;
  /** Takes over what another client of the same server has learnt. */
  learn?(agreement: ServerAgreement): void;
}

/** What any stage may say on its way; whole sentences, no control codes. */
export interface Tell {
  note(text: string): void;
  warning(text: string): void;
  debug(text: string): void;
}

/** Where run tells a person what it does. */
export interface RunObserver extends Tell {
  /** A stage ended well: `model`, `engine`, `machine`. */
  stage(name: string, detail: string): void;
  /** A cell or repetition begins. */
  pass(progress: PassProgress): void;
  /** A request of a speed cell ended; called outside the measuring path. */
  request(progress: RequestProgress): void;
  /** A pass of a load cell ended; while it lasts, the live counters tell of it. */
  passEnd(end: PassEnd): void;
}

export interface PassProgress {
  readonly cell: string;
  readonly kind: 'speed' | 'load';
  readonly promptTokens: number | null;
  readonly outputTokens: number;
  /** null: an open loop, whose `arrival` tells the load. */
  readonly parallel: number | null;
  readonly arrival: ArrivalPlan | null;
  /** Requests of this pass. */
  readonly requests: number;
  readonly phase: 'warmup' | 'measured';
  /** Life of the engine, from 1, and how many there are at most. */
  readonly execution: number;
  readonly executions: number;
  readonly repetition: number;
  /** null: as many as there is time for. */
  readonly repetitions: number | null;
  /** `repetitions` is the most: it may end sooner. */
  readonly isOpen: boolean;
  /** Expected time to the end of the run; null: unknown yet. */
  readonly remainingMs: number | null;
  /**
   * Waves of the load passes after this one: a display that knows the time of one knows the rest. A wave is as many requests as
   * are in flight, or in an open loop the arrivals of a second.
   */
  readonly laterWaves: number;
}

/** A load pass that ended. */
export interface PassEnd {
  readonly done: number;
  readonly failed: number;
  readonly durationMs: number;
  readonly outputTokens: number;
  /** What the first failed request said; null: none failed. */
  readonly firstFailure: string | null;
}

export interface RequestProgress {
  readonly done: number;
  /** null: nobody knows yet, since repetitions depend on what they show. */
  readonly total: number | null;
  readonly failed: number;
  readonly promptTokens: number | null;
  readonly outputTokens: number | null;
  readonly phase: 'warmup' | 'measured';
  readonly ttftMs: number | null;
  readonly tokensPerSecond: number | null;
  readonly failure: string | null;
}
