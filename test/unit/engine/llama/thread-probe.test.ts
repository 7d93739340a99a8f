import { describe, expect, it } from 'vitest';
import type { Generation } from '../../../../src/engine/llama/llama-runtime.ts';
import type { ProbeInput } from '../../../../src/engine/llama/probe-request.ts';
import { probeSpeed } from '../../../../src/engine/llama/speed-probe.ts';
import {
  bestThreads,
  describeThreadProbe,
  probeThreads,
  threadCandidates,
} from '../../../../src/engine/llama/thread-probe.ts';

/** An engine on a scripted clock: time passes only as the speeds say. */
function scripted(
  speed: (threads: number) => { decode: number; prefill: number },
): ProbeInput & { readonly elapsedMs: () => number } {
  let nowNs = 0;
  return {
    ids: Uint32Array.from({ length: 100 }, (_, id) => id),
    contextTokens: 640,
    nowNs: () => nowNs,
    elapsedMs: () => nowNs / 1e6,
    generate: ({ ids, outputTokens, threads, signal, started, token }: Generation) => {
      started();
      nowNs += (ids.length * 1e9) / speed(threads.prefill).prefill;
      for (let made = 0; made < outputTokens; made++) {
        if (signal?.aborted === true) break;
        if (made > 0) nowNs += 1e9 / speed(threads.decode).decode;
        token(0);
      }
      return Promise.resolve();
    },
  };
}

function speeds(one: number, two: number | null): { threads: number; tokensPerSecond: number | null }[] {
  return [
    { threads: 1, tokensPerSecond: one },
    { threads: 2, tokensPerSecond: two },
  ];
}

describe('thread probe', () => {
  it('tries powers of two and the number of cores', () => {
    expect(threadCandidates(1)).toEqual([1]);
    expect(threadCandidates(2)).toEqual([1, 2]);
    expect(threadCandidates(6)).toEqual([1, 2, 4, 6]);
    expect(threadCandidates(16)).toEqual([1, 2, 4, 8, 16]);
  });

  it('takes the fewest threads of a near tie', () => {
    expect(bestThreads(speeds(100, 104))).toBe(1);
    expect(bestThreads(speeds(100, 106))).toBe(2);
    expect(bestThreads(speeds(100, 50))).toBe(1);
    expect(bestThreads(speeds(100, null))).toBe(1);
    expect(bestThreads([{ threads: 4, tokensPerSecond: null }])).toBeNull();
  });

  it('chooses for decode and prefill apart', async () => {
    const input = scripted((threads) => ({ decode: threads === 1 ? 100 : 55, prefill: threads * 170 }));
    const probe = await probeThreads(input, [1, 2]);
    expect(probe.threads).toEqual({ decode: 1, prefill: 2 });
    expect(probe.speeds[0]?.decodeTokensPerSecond).toBeCloseTo(100, 6);
    expect(probe.speeds[1]?.prefillTokensPerSecond).toBeCloseTo(340, 6);
    expect(describeThreadProbe(probe)).toBe(
      'threads chosen by a probe: 1 for decode, 2 for prefill (decode and prefill tok/s by threads: 1: 100 and 170; 2: 55.0 and 340)',
    );
  });

  it.each([
    [0.5, 4],
    [3, 30],
    [20, 300],
  ])('ends in time at %s tok/s decode and %s prefill', async (decode, prefill) => {
    const input = scripted((threads) => ({ decode: decode * Math.sqrt(threads), prefill: prefill * threads }));
    const probe = await probeThreads(input, [1, 2, 4, 8]);
    // A batch can't be cut short: the slowest machine pays for one of them.
    expect(input.elapsedMs()).toBeLessThan(7000 + (128 / prefill) * 1000 + 4000 / decode);
    expect(probe.threads.decode).toBeGreaterThanOrEqual(1);
  });

  it('stops trying more threads once they slow each other down', async () => {
    const input = scripted((threads) => ({ decode: threads < 4 ? 50 * threads : 2, prefill: 400 }));
    const probe = await probeThreads(input, [1, 2, 4, 8, 16, 32]);
    expect(probe.threads.decode).toBe(2);
    expect(
      probe.speeds.filter(({ decodeTokensPerSecond }) => decodeTokensPerSecond === null).map(({ threads }) => threads),
    ).toEqual([8, 16, 32]);
    expect(describeThreadProbe(probe)).toContain('; 8: not timed and not timed; ');
  });

  it('takes the speed at 512 tokens, or at as many as fit into the time, and says which', async () => {
    const fast = await probeSpeed(
      scripted(() => ({ decode: 30, prefill: 300 })),
      { prefill: 1, decode: 1 },
    );
    expect(fast.atPromptTokens).toBe(512);
    expect(fast.prefillTokensPerSecond).toBeCloseTo(300, 6);
    expect(fast.decodeTokensPerSecond).toBeCloseTo(30, 6);
    const slow = await probeSpeed(
      scripted(() => ({ decode: 1, prefill: 20 })),
      { prefill: 1, decode: 1 },
    );
    expect(slow.atPromptTokens).toBe(120);
    expect(slow.prefillTokensPerSecond).toBeCloseTo(20, 6);
  });
});
