import { formatSignificant } from '../../base/units.ts';
import type { Threads } from './llama-runtime.ts';
import { timeRequest, type ProbeInput } from './probe-request.ts';

/** Speeds of one number of threads, in tokens a second; null: left out, to stay within the time. */
export interface ThreadSpeed {
  readonly threads: number;
  readonly decodeTokensPerSecond: number | null;
  readonly prefillTokensPerSecond: number | null;
}

export interface ThreadProbe {
  readonly threads: Threads;
  readonly speeds: readonly ThreadSpeed[];
  readonly ms: number;
}

const decodeTokens = 12;
const prefillTokens = { least: 32, most: 128 };
const rounds = 2;
const budgetMs = 7000;
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
  const good = speeds.filter(
    ({ tokensPerSecond }) => tokensPerSecond !== null && tokensPerSecond * tieTolerance >= fastest,
  );
  return good.length === 0 ? null : Math.min(...good.map(({ threads }) => threads));
}

/** Times decode and prefill with each candidate, in turn and twice, and chooses for each half apart. About 7 s at most. */
export async function probeThreads(input: ProbeInput, candidates: readonly number[]): Promise<ThreadProbe> {
  const startNs = input.nowNs();
  const spentMs = (): number => (input.nowNs() - startNs) / 1e6;
  const trials = candidates.map((threads) => new Trial(threads));
  // The first evaluation warms the machine up; it tells nothing.
  await timeRequest(input, { promptTokens: 1, outputTokens: 2, threads: both(1), limitMs: budgetMs });
  const limitMs = budgetMs / (2 * rounds * trials.length);
  for (let round = 0; round < rounds; round++) {
    for (const [index, trial] of trials.entries()) {
      if (spentMs() > budgetMs / 2 || hasCollapsed(trials.slice(0, index))) break;
      const { threads } = trial;
      trial.addDecode(
        await timeRequest(input, { promptTokens: 1, outputTokens: decodeTokens, threads: both(threads), limitMs }),
      );
    }
  }
  const promptTokens = prefillLength(input, trials);
  let slowestMs = 0;
  for (let round = 0; round < rounds; round++) {
    // Most threads first: where time is short, the likely winner has been measured.
    for (const trial of trials.toReversed()) {
      if (trial.decodeSpeed === null || spentMs() + slowestMs > budgetMs) continue;
      const { threads } = trial;
      const timed = await timeRequest(input, { promptTokens, outputTokens: 1, threads: both(threads), limitMs });
      trial.addPrefill(promptTokens, timed.prefillNs);
      slowestMs = Math.max(slowestMs, timed.prefillNs / 1e6);
    }
  }
  const decode = bestThreads(trials.map(({ threads, decodeSpeed }) => ({ threads, tokensPerSecond: decodeSpeed })));
  const prefill = bestThreads(trials.map(({ threads, prefillSpeed }) => ({ threads, tokensPerSecond: prefillSpeed })));
  return {
    threads: { decode: decode ?? 1, prefill: prefill ?? decode ?? 1 },
    speeds: trials.map(({ threads, decodeSpeed, prefillSpeed }) => ({
      threads,
      decodeTokensPerSecond: decodeSpeed,
      prefillTokensPerSecond: prefillSpeed,
    })),
    ms: spentMs(),
  };
}

/** One line for people: what was chosen, and the figures that speak for it. */
export function describeThreadProbe({ threads, speeds }: ThreadProbe): string {
  const figures = speeds.map(
    (speed) => `${speed.threads}: ${figure(speed.decodeTokensPerSecond)} and ${figure(speed.prefillTokensPerSecond)}`,
  );
  const chosen = `threads chosen by a probe: ${threads.decode} for decode, ${threads.prefill} for prefill`;
  return `${chosen} (decode and prefill tok/s by threads: ${figures.join('; ')})`;
}

/** What was timed with one number of threads. */
class Trial {
  readonly threads: number;
  #decodeTokens = 0;
  #decodeNs = 0;
  #prefillTokens = 0;
  #prefillNs = 0;

  constructor(threads: number) {
    this.threads = threads;
  }

  get decodeSpeed(): number | null {
    return this.#decodeNs === 0 ? null : (this.#decodeTokens * 1e9) / this.#decodeNs;
  }

  get prefillSpeed(): number | null {
    return this.#prefillNs === 0 ? null : (this.#prefillTokens * 1e9) / this.#prefillNs;
  }

  addDecode(times: { readonly decodeTokens: number; readonly decodeNs: number }): void {
    this.#decodeTokens += times.decodeTokens;
    this.#decodeNs += times.decodeNs;
  }

  addPrefill(tokens: number, ns: number): void {
    this.#prefillTokens += tokens;
    this.#prefillNs += ns;
  }
}

/**
 * The last of these made less than half the speed of the best: the process may use fewer cores than it sees, or shares them,
 * and more threads would only wait longer for each other.
 */
function hasCollapsed(trials: readonly Trial[]): boolean {
  const fastest = Math.max(0, ...trials.map(({ decodeSpeed }) => decodeSpeed ?? 0));
  return (trials.at(-1)?.decodeSpeed ?? fastest) * 2 < fastest;
}

/** As many tokens as take about a second, if prefill is ten times as fast as decode: an evaluation can't be cut short. */
function prefillLength(input: ProbeInput, trials: readonly Trial[]): number {
  const fastest = Math.max(0, ...trials.map(({ decodeSpeed }) => decodeSpeed ?? 0));
  const wanted = Math.min(prefillTokens.most, Math.max(prefillTokens.least, Math.round(fastest * 10)));
  return Math.min(wanted, input.contextTokens - 1);
}

function both(threads: number): Threads {
  return { prefill: threads, decode: threads };
}

function figure(tokensPerSecond: number | null): string {
  return tokensPerSecond === null ? 'not timed' : formatSignificant(tokensPerSecond, 3);
}
