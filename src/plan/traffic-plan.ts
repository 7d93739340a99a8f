import type { CellPlan, TrafficPlan } from '../contract/plan.ts';
import { warmupCount } from './cells.ts';
import type { PerfOptions } from './option/perf.ts';
import type { Problems } from './problems.ts';

const defaultRepetitions = 3;
// Beyond ten, half-widths shrink slowly; a time budget is a limit of its own, and this only ends what it can't.
const mostForPrecision = 10;
const mostForTime = 1000;

const mostWarmups = 5;
// Lengths are scaled so that all passes fit: each warm-up more makes every row shorter.
const mostWarmupsFitted = 4;
const defaultWarmups = 1;

/** How often each cell is sent, and what decides on it. */
export function trafficPlan(options: PerfOptions, kind: CellPlan['kind'], cells: number): TrafficPlan {
  const { precision, timeBudgetMs, executions, clientThreads } = options;
  // A load row's --number is the size of its passes, a speed row's the number of all requests.
  const requests = kind === 'speed' ? (options.requests?.[0] ?? null) : null;
  const repetitions = requests === null ? repetitionsOf(options, kind) : null;
  const measured = repetitions ?? Math.ceil((requests ?? 1) / cells);
  const rest = { precision, timeBudgetMs, executions, clientThreads };
  return { repetitions, requests, ...warmupsOf(options, kind, measured), ...rest };
}

function warmupsOf(
  { warmups: given, fitMs }: PerfOptions,
  kind: CellPlan['kind'],
  measured: number,
): Pick<TrafficPlan, 'warmups' | 'untilSteady'> {
  const warmups = given ?? defaultWarmups;
  if (warmups === 'auto') return { warmups: fitMs === null ? mostWarmups : mostWarmupsFitted, untilSteady: true };
  if (kind === 'load') return { warmups: warmups === 0 ? 0 : 1, untilSteady: false };
  return { warmups: warmupCount(warmups, measured), untilSteady: false };
}

function repetitionsOf(options: PerfOptions, kind: CellPlan['kind']): number {
  const { repetitions, precision, timeBudgetMs, executions } = options;
  if (repetitions !== null) return repetitions;
  // With several executions it is their number that is open.
  if (executions === 1 && timeBudgetMs !== null) return mostForTime;
  if (executions === 1 && precision !== null) return mostForPrecision;
  // A pass of many requests is a sample of its own: one is enough unless more are asked for.
  return kind === 'load' ? 1 : defaultRepetitions;
}

/** Options of repetition that contradict each other or the engine. */
export function checkTraffic(options: PerfOptions, problems: Problems): void {
  const { precision, timeBudgetMs, executions } = options;
  const isSpeedNumber = options.prompt === null && options.requests !== null;
  const given: readonly [flag: string, isGiven: boolean][] = [
    ['--precision', precision !== null],
    ['--time-budget', timeBudgetMs !== null],
    ['--executions', executions > 1],
  ];
  for (const [flag, isGiven] of given) {
    if (!isGiven || !isSpeedNumber) continue;
    problems.add(
      `${flag} decides how often a row is measured, and --number fixes it`,
      '--repetitions gives the most of each row',
    );
  }
  if (precision !== null && options.repetitions !== null && options.repetitions < 2 && executions === 1) {
    problems.add(
      `--precision needs two repetitions for an interval, and --repetitions ${options.repetitions} allows fewer`,
      'leave --repetitions out, or raise it',
    );
  }
  if (timeBudgetMs !== null && options.fitMs !== null) {
    problems.add('--fit and --time-budget both say how long the run takes', 'give one of them');
  }
  if (executions > 1 && options.api === 'openai') {
    problems.add(
      `--executions ${executions}: a served API is not restarted by Tokometer, so there is one life to measure`,
      'run again after restarting the server, or let Tokometer start it: --api local_vllm, local_llama_server, command, ...',
    );
  }
}
