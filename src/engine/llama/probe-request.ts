import type { Generation, Threads } from './llama-runtime.ts';

/** What a probe needs of an engine. */
export interface ProbeInput {
  /** Answers one request, its cache emptied before. */
  readonly generate: (generation: Generation) => Promise<void>;
  readonly nowNs: () => number;
  /** Normal ids to draw prompts from. */
  readonly ids: Uint32Array;
  /** Tokens that fit into the context. */
  readonly contextTokens: number;
}

export interface ProbeRequest {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly threads: Threads;
  /** Decoding stops early after this, but not before its second token. */
  readonly limitMs: number;
}

export interface ProbeTimes {
  /** To the first token. */
  readonly prefillNs: number;
  /** Tokens after the first. */
  readonly decodeTokens: number;
  readonly decodeNs: number;
}

/** Room in tokens that the longest probe needs. */
export const probeTokens = 640;

/** Times one request outside the measurement. */
export async function timeRequest(input: ProbeInput, request: ProbeRequest): Promise<ProbeTimes> {
  const stop = new AbortController();
  let startNs = 0;
  const tokenNs: number[] = [];
  await input.generate({
    ids: promptIds(input.ids, request.promptTokens),
    outputTokens: request.outputTokens,
    threads: request.threads,
    temperature: 0,
    seed: 0,
    signal: stop.signal,
    started: () => {
      startNs = input.nowNs();
    },
    token: () => {
      const atNs = input.nowNs();
      tokenNs.push(atNs);
      if (tokenNs.length > 1 && atNs - startNs > request.limitMs * 1e6) stop.abort();
    },
  });
  const firstNs = tokenNs[0] ?? startNs;
  return {
    prefillNs: firstNs - startNs,
    decodeTokens: tokenNs.length - 1,
    decodeNs: (tokenNs.at(-1) ?? firstNs) - firstNs,
  };
}

function promptIds(ids: Uint32Array, length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, index) => ids[(index * 7919 + 101) % ids.length] ?? 0);
}
