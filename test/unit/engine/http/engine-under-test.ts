import { startRunClock } from '../../../../src/base/clock.ts';
import type { Engine } from '../../../../src/contract/engine.ts';
import type { OpenAiPlan } from '../../../../src/contract/plan.ts';
import type {
  ChunkKind,
  ChunkSink,
  ChunkTokens,
  EngineTimings,
  Outcome,
  RequestSpec,
  TokenUsage,
} from '../../../../src/contract/request.ts';
import { openHttpEngine } from '../../../../src/engine/http/http-engine.ts';

export const clock = startRunClock();

// What is tested does not depend on where the tests run.
for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']) {
  delete process.env[name];
  delete process.env[name.toUpperCase()];
}

/** Keeps everything that a sink hears. */
export class RecordingSink implements ChunkSink {
  readonly attempts: { atNs: number; connectNs: number | null }[] = [];
  chunks: { atNs: number; tokens: ChunkTokens; kind: ChunkKind }[] = [];
  counts: TokenUsage | null = null;
  engineTimings: EngineTimings | null = null;
  readonly ends: number[] = [];

  sent(atNs: number, connectNs: number | null): void {
    this.attempts.push({ atNs, connectNs });
    this.chunks = [];
  }

  chunk(atNs: number, tokens: ChunkTokens, kind: ChunkKind): void {
    this.chunks.push({ atNs, tokens, kind });
  }

  usage(counts: TokenUsage): void {
    this.counts = counts;
  }

  timings(timings: EngineTimings): void {
    this.engineTimings = timings;
  }

  ended(atNs: number): void {
    this.ends.push(atNs);
  }

  /** Tokens of all chunks, or null when one is unknown. */
  get tokens(): number | null {
    let total = 0;
    for (const { tokens } of this.chunks) {
      if (tokens === 'unknown') return null;
      total += tokens;
    }
    return total;
  }
}

/** What the engine told a person. */
export class Told {
  readonly notes: string[] = [];
  readonly warnings: string[] = [];
  readonly debugs: string[] = [];
  note(text: string): void {
    this.notes.push(text);
  }
  warning(text: string): void {
    this.warnings.push(text);
  }
  debug(text: string): void {
    this.debugs.push(text);
  }
}

export function planFor(url: string, more: Partial<OpenAiPlan> = {}): OpenAiPlan {
  return {
    api: 'openai',
    url,
    urlGiven: null,
    apiKey: null,
    headers: {},
    connectTimeoutMs: 5000,
    readTimeoutMs: 5000,
    totalTimeoutMs: 20_000,
    testConnection: false,
    stream: true,
    proxy: null,
    http2: false,
    busyPoll: false,
    serverPid: null,
    ...more,
  };
}

export async function openEngine(
  url: string,
  more: Partial<OpenAiPlan> = {},
  details: { tell?: Told; loadingLimitMs?: number } = {},
): Promise<Engine> {
  const { tell = new Told(), loadingLimitMs = 5000 } = details;
  return openHttpEngine({ plan: planFor(url, more), model: 'tiny', clock, tell, loadingLimitMs });
}

export function requestFor(more: Partial<RequestSpec> = {}): RequestSpec {
  return {
    index: 0,
    prompt: { kind: 'ids', ids: Uint32Array.of(9707, 1000, 1001, 1002) },
    promptTokens: 4,
    outputTokens: 16,
    minOutputTokens: 16,
    temperature: 0,
    extraArguments: {},
    ...more,
  };
}

/** Sends a request that nobody stops; returns its outcome and all that its sink heard. */
export async function send(engine: Engine, request = requestFor()): Promise<{ outcome: Outcome; sink: RecordingSink }> {
  const sink = new RecordingSink();
  const outcome = await engine.send(request, sink, new AbortController().signal);
  return { outcome, sink };
}
