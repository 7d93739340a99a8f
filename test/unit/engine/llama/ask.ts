import type { Engine } from '../../../../src/contract/engine.ts';
import type { ChunkSink, Outcome, RequestSpec, TokenUsage } from '../../../../src/contract/request.ts';

export interface Answer {
  readonly outcome: Outcome;
  readonly sentNs: readonly number[];
  readonly endNs: number;
  readonly chunkNs: readonly number[];
  readonly usage: TokenUsage | null;
}

/** Sends one request and keeps what the sink was told; aborts after `stopAfter` chunks. */
export async function ask(engine: Engine, spec: RequestSpec, stopAfter = Infinity): Promise<Answer> {
  const stop = new AbortController();
  const sentNs: number[] = [];
  const chunkNs: number[] = [];
  let endNs = 0;
  let usage: TokenUsage | null = null;
  const sink: ChunkSink = {
    sent: (atNs) => {
      sentNs.push(atNs);
      if (stopAfter === 0) stop.abort();
    },
    chunk: (atNs, tokens, kind) => {
      if (tokens !== 1 || kind !== 'answer') throw new Error(`a chunk of ${tokens} tokens, ${kind}`);
      chunkNs.push(atNs);
      if (chunkNs.length === stopAfter) stop.abort();
    },
    usage: (counted) => {
      usage = counted;
    },
    timings: () => undefined,
    ended: (atNs) => {
      endNs = atNs;
    },
  };
  const outcome = await engine.send(spec, sink, stop.signal);
  return { outcome, sentNs, endNs, chunkNs, usage };
}

/** A request of exact ids, none of them special. */
export function request(length: number, outputTokens: number, from = 0): RequestSpec {
  const ids = Uint32Array.from({ length }, (_, index) => (from + index * 37) % 2000);
  return {
    index: 0,
    prompt: { kind: 'ids', ids },
    promptTokens: length,
    outputTokens,
    minOutputTokens: null,
    temperature: 0,
    extraArguments: {},
  };
}
