import { formatSignificant } from '../../base/units.ts';
import type { SpeedProbe } from '../../contract/engine.ts';
import type { Generation, Threads } from './llama-runtime.ts';

/** What the probe needs of an engine: one request, its cache emptied before. */
export type Generate = (generation: Generation) => Promise<void>;

export interface ProbeInput {
  readonly generate: Generate;
  readonly nowNs: () => number;
  /** Normal ids to draw prompts from. */
  readonly ids: Uint32Array;
  /** Tokens that fit into the context. */
  readonly contextTokens: number;
}

/** Speeds of one number of threads, in tokens a second. */
export interface ThreadSpeed {
  readonly threads: number;
  readonly decodeTokensPerSecond: number;
  /** null: left out, to stay within the time. */
  readonly prefillTokensPerSecond: number | null;
}

export interface ThreadProbe {
  readonly threads: Threads;
  readonly speeds: readonly ThreadSpeed[];
  readonly ms: number;
}

/** Room in tokens that both probes need. */
export const probeTokens = 640;

const prefillTokens = { least: 32, most: 128 };
const decodeTokens = 12;
const rounds = 2;
const budgetMs = 7000;
const speedPromptTokens = 512;
const speedDecodeTokens = 16;
const speedBudgetMs = 6000;
// Fewer threads win a near tie: the threads of llama.cpp wait for each other by spinning, so one that is interrupted stops
// all, and a free core keeps the rest of the system away from them.
const tieTolerance = 1.05;

/** 1, 2, 4, ... and the number of cores. */
export function threadCandidates(cores: number): readonly number[] {
  const candidates: number[] = [];
  for (let threads = 1; threads < cores; threads *= 2) candidates.push(threads);
  return [...candidates, cores];
}

/** The fewest threads that are within 5 % of the fastest; null without a figure. */
export function bestThreads(speeds: readonly { threads: number; tokensPerSecond: number | null }[]): number | null {
  const fastest = Math.max(0, ...speeds.map(({ tokensPerSecond }) => tokensPerSecond ?? 0));
  const good = speeds.filter(({ tokensPerSecond }) => (tokensPerSecond ?? 0) * tieTolerance >= fastest && fastest > 0);
  return good.length === 0 ? null : Math.min(...good.map(({ threads }) => threads));
}

/** Times decode and prefill with each candidate, in turn and twice, and chooses for each half apart. About 7 s at most. */
export async function probeThreads(input: ProbeInput, candidates: readonly number[]): Promise<ThreadProbe> {
  const startNs = input.nowNs();
  const spentMs = (): number => (input.nowNs() - startNs) / 1e6;
  const totals: Total[] = candidates.map((threads) => ({
    threads,
    decodeTokens: 0,
    decodeNs: 0,
    prefillTokens: 0,
    prefillNs: 0,
  }));
  // The first evaluation pages the weights in; it tells nothing.
  await timeRequest(input, { prompt: 1, output: 2, threads: both(candidates[0] ?? 1), limitMs: budgetMs });
  for (let round = 0; round < rounds; round++) {
    for (const total of totals) {
      if (spentMs() > budgetMs / 2) break;
      const limitMs = budgetMs / (4 * candidates.length);
      const timed = await timeRequest(input, {
        prompt: 1,
        output: decodeTokens,
        threads: both(total.threads),
        limitMs,
      });
      total.decodeTokens += timed.decodeTokens;
      total.decodeNs += timed.decodeNs;
    }
  }
  const prompt = prefillLength(input, totals);
  let slowestMs = 0;
  for (let round = 0; round < rounds; round++) {
    // Most threads first: where time is short, the likely winner has been measured.
    for (const total of totals.toReversed()) {
      if (spentMs() + slowestMs > budgetMs) continue;
      const timed = await timeRequest(input, { prompt, output: 1, threads: both(total.threads), limitMs: budgetMs });
      slowestMs = Math.max(slowestMs, timed.prefillNs / 1e6);
      total.prefillTokens += prompt;
      total.prefillNs += timed.prefillNs;
    }
  }
  const speeds = totals.map((total) => ({
    threads: total.threads,
    decodeTokensPerSecond: total.decodeNs === 0 ? 0 : (total.decodeTokens * 1e9) / total.decodeNs,
    prefillTokensPerSecond: total.prefillNs === 0 ? null : (total.prefillTokens * 1e9) / total.prefillNs,
  }));
  const most = candidates.at(-1) ?? 1;
  const decode = bestThreads(
    speeds.map((speed) => ({ threads: speed.threads, tokensPerSecond: speed.decodeTokensPerSecond })),
  );
  const prefill = bestThreads(
    speeds.map((speed) => ({ threads: speed.threads, tokensPerSecond: speed.prefillTokensPerSecond })),
  );
  return { threads: { decode: decode ?? 1, prefill: prefill ?? most }, speeds, ms: spentMs() };
}

/** Speed with the chosen threads, at a prompt of 512 tokens where that takes no more than some seconds. */
export async function probeSpeed(input: ProbeInput, threads: Threads): Promise<SpeedProbe> {
  const longest = Math.max(1, Math.min(speedPromptTokens, input.contextTokens - speedDecodeTokens));
  const short = Math.min(32, longest);
  const first = await timeRequest(input, { prompt: short, output: 2, threads, limitMs: speedBudgetMs });
  const fitting = Math.floor((short * speedBudgetMs * 1e6) / Math.max(1, first.prefillNs));
  const prompt = Math.max(short, Math.min(longest, fitting));
  const timed = await timeRequest(input, { prompt, output: speedDecodeTokens, threads, limitMs: speedBudgetMs });
  return {
    prefillTokensPerSecond: (prompt * 1e9) / timed.prefillNs,
    decodeTokensPerSecond: (timed.decodeTokens * 1e9) / timed.decodeNs,
    atPromptTokens: prompt,
  };
}

/** One line for people: what was chosen, and the figures that speak for it. */
export function describeThreadProbe({ threads, speeds }: ThreadProbe): string {
  const figures = speeds.map(({ threads: count, decodeTokensPerSecond, prefillTokensPerSecond }) => {
    const prefill = prefillTokensPerSecond === null ? 'not timed' : formatSignificant(prefillTokensPerSecond, 3);
    return `${count}: ${formatSignificant(decodeTokensPerSecond, 3)} and ${prefill}`;
  });
  const chosen = `threads chosen by a probe: ${threads.decode} for decode, ${threads.prefill} for prefill`;
  return `${chosen} (decode and prefill tok/s by threads: ${figures.join('; ')})`;
}

interface Total {
  readonly threads: number;
  decodeTokens: number;
  decodeNs: number;
  prefillTokens: number;
  prefillNs: number;
}

/** As many tokens as take about a second, if prefill is ten times as fast as decode: an evaluation can't be cut short. */
function prefillLength(input: ProbeInput, totals: readonly Total[]): number {
  const fastest = Math.max(
    ...totals.map(({ decodeTokens: tokens, decodeNs }) => (tokens * 1e9) / Math.max(1, decodeNs)),
  );
  const wanted = Math.min(prefillTokens.most, Math.max(prefillTokens.least, Math.round(fastest * 10)));
  return Math.min(wanted, input.contextTokens - 1);
}

interface TimedRequest {
  readonly prefillNs: number;
  readonly decodeTokens: number;
  readonly decodeNs: number;
}

interface TimedRequestInput {
  readonly prompt: number;
  readonly output: number;
  readonly threads: Threads;
  /** Decoding stops early after this, but not before its second token. */
  readonly limitMs: number;
}

async function timeRequest(
  probe: ProbeInput,
  { prompt, output, threads, limitMs }: TimedRequestInput,
): Promise<TimedRequest> {
  const stop = new AbortController();
  let startNs = 0;
  const tokenNs: number[] = [];
  await probe.generate({
    ids: promptIds(probe.ids, prompt),
    outputTokens: output,
    threads,
    temperature: 0,
    seed: 0,
    signal: stop.signal,
    started: () => {
      startNs = probe.nowNs();
    },
    token: () => {
      const atNs = probe.nowNs();
      tokenNs.push(atNs);
      if (tokenNs.length > 1 && atNs - startNs > limitMs * 1e6) stop.abort();
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

function both(threads: number): Threads {
  return { prefill: threads, decode: threads };
}
