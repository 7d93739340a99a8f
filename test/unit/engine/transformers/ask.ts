import type { Engine } from '../../../../src/contract/engine.ts';
import type { ChunkSink, EngineTimings, Outcome, RequestSpec, TokenUsage } from '../../../../src/contract/request.ts';

export interface Answer {
  readonly outcome: Outcome;
  readonly sentNs: readonly number[];
  readonly chunkNs: readonly number[];
  readonly endNs: readonly number[];
  readonly usage: TokenUsage | null;
  readonly timings: EngineTimings | null;
}

/** Sends one request and keeps what the sink was told. */
export async function ask(
  engine: Engine,
  spec: RequestSpec,
  signal: AbortSignal = new AbortController().signal,
): Promise<Answer> {
  const sentNs: number[] = [];
  const chunkNs: number[] = [];
  const endNs: number[] = [];
  let usage: TokenUsage | null = null;
  let timings: EngineTimings | null = null;
  const sink: ChunkSink = {
    sent: (atNs) => void sentNs.push(atNs),
    chunk: (atNs, tokens, kind) => {
      if (tokens !== 1 || kind !== 'answer') throw new Error(`a chunk of ${tokens} tokens, ${kind}`);
      chunkNs.push(atNs);
    },
    usage: (counted) => {
      usage = counted;
    },
    timings: (told) => {
      timings = told;
    },
    ended: (atNs) => void endNs.push(atNs),
  };
  const outcome = await engine.send(spec, sink, signal);
  return { outcome, sentNs, chunkNs, endNs, usage, timings };
}

/** A request of exact ids, none of them special. */
export function request(length: number, outputTokens: number): RequestSpec {
  return requestOf(
    Array.from({ length }, (_, index) => (index * 37) % 2000),
    outputTokens,
  );
}

export function requestOf(ids: readonly number[], outputTokens: number): RequestSpec {
  return {
    index: 0,
    prompt: { kind: 'ids', ids: Uint32Array.from(ids) },
    promptTokens: ids.length,
    outputTokens,
    minOutputTokens: null,
    temperature: 0,
    extraArguments: {},
  };
}
