import type { CellPlan } from '../contract/plan.ts';
import type { PerfOptions } from './option/perf.ts';
import type { Problems } from './problems.ts';

/** Prompt lengths of the standard speed, as EvalScope's datasets and Qwen's reports have them. */
const datasetPromptLengths = {
  speed_benchmark: [1, 6144, 14336, 30720],
  speed_benchmark_long: [63488, 129024],
} as const;

/** The cells of the standard speed: one for each prompt length, one request at a time. */
export function speedCells(options: PerfOptions, problems: Problems): readonly CellPlan[] {
  const lengths = options.promptLengths ?? datasetPromptLengths[options.dataset];
  checkSpeed(options, lengths, problems);
  return [...new Set(lengths)].map((promptTokens) => ({
    id: `p${promptTokens}-g${options.maxTokens}`,
    kind: 'speed',
    promptTokens,
    outputTokens: options.maxTokens,
    parallel: 1,
    arrival: null,
    requests: 1,
    warmupRequests: 1,
  }));
}

function checkSpeed(options: PerfOptions, lengths: readonly number[], problems: Problems): void {
  const [requests] = options.requests ?? [];
  if (options.requests !== null && options.requests.length > 1) {
    problems.add(
      `--number ${options.requests.join(' ')}: a speed dataset takes one number, the requests in all`,
      'several numbers go with a --prompt and several --parallel or --rate',
    );
  }
  if (options.repetitions !== null && requests !== undefined) {
    problems.add(
      `--repetitions ${options.repetitions} and --number ${requests} say the same thing twice`,
      '--repetitions counts passes of each length, --number requests in all: give one of them',
    );
  }
  if (requests !== undefined && requests < lengths.length) {
    problems.add(
      `--number ${requests} can't be dealt over ${lengths.length} prompt lengths`,
      `give at least ${lengths.length}, or fewer --prompt-lengths`,
    );
  }
  if (options.rates !== null && options.rates.length > 0) {
    problems.add(
      `--rate ${options.rates.join(' ')}: a speed dataset measures the standard speed, one request at a time`,
      'leave it out; --prompt TEXT measures a load',
    );
  }
  if (options.parallel.length !== 1 || options.parallel[0] !== 1) {
    problems.add(
      `--parallel ${options.parallel.join(' ')}: a speed dataset measures the standard speed, one request at a time`,
      'leave it at 1; --prompt TEXT measures a load',
    );
  }
}

/** EvalScope's rule: a number from 1 counts, a number below 1 is a share of the measured ones, at least one. */
export function warmupCount(given: number, measured: number): number {
  if (given === 0) return 0;
  return given < 1 ? Math.max(1, Math.floor(given * measured)) : Math.floor(given);
}
