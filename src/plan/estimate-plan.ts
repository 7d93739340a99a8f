import type { CellPlan, EstimatePlan, RunPlan, TrafficPlan } from '../contract/plan.ts';
import type { PerfOptions } from './option/perf.ts';
import type { Problems } from './problems.ts';

// Enough for three parameters of prefill and something left to scatter, each asked twice.
const fewestDepths = 4;
const passesOfDepth = 2;
const fewestOutputTokens = 32;
/** Of the full generation, before the run knows what it has time for. */
const probeShare = 0.1;
// `auto` stops after three passes that agree.
const warmupsUntilSteady = 3;

/**
 * The plan of an estimate: in place of the cells short generations after a few prompt lengths, which all are warmed up and then
 * sent in turn, so that drift falls on all depths alike. The run shortens them to a tenth of the time, once it knows the engine.
 */
export function estimatePlan(
  cells: readonly CellPlan[],
  traffic: TrafficPlan,
): Pick<RunPlan, 'cells' | 'traffic' | 'estimate'> {
  const outputTokens = cells[0]?.outputTokens ?? fewestOutputTokens;
  const depths = probeDepths(
    cells.flatMap((cell) => cell.promptTokens ?? []),
    outputTokens,
  );
  const probeTokens = Math.max(fewestOutputTokens, Math.round(outputTokens * probeShare));
  const estimate: EstimatePlan = {
    cells,
    repetitions: traffic.repetitions ?? 1,
    warmups: traffic.untilSteady ? Math.min(warmupsUntilSteady, traffic.warmups) : traffic.warmups,
  };
  return {
    cells: depths.map((promptTokens) => ({
      id: `p${promptTokens}-g${probeTokens}`,
      kind: 'speed',
      promptTokens,
      outputTokens: probeTokens,
      parallel: 1,
      arrival: null,
      requests: 1,
      warmupRequests: 1,
    })),
    traffic: {
      ...traffic,
      repetitions: null,
      requests: passesOfDepth * depths.length,
      warmups: Math.min(1, traffic.warmups),
      untilSteady: false,
    },
    estimate,
  };
}

/**
 * Prompt lengths that tell how time grows: the shortest of the plan or a short one, and for each of them one from which a short generation lies in
 * the middle of the full one. There the time of a token is the mean of that row, also where an engine computes over whole blocks of
 * its cache and time grows in steps: prompts are often whole blocks long, and generations that begin there see the same end of a
 * step each. At least four, by halving the widest gap.
 */
export function probeDepths(promptTokens: readonly number[], outputTokens: number): number[] {
  const toMiddle = Math.round(outputTokens * (0.5 - probeShare / 2));
  const middles = promptTokens.map((prompt) => prompt + toMiddle);
  const shallow = Math.min(...promptTokens, Math.ceil(Math.max(...middles) / 4));
  const sorted = [...new Set([shallow, ...middles])].toSorted((one, other) => one - other);
  while (sorted.length < fewestDepths) {
    let widest = 1;
    for (let place = 2; place < sorted.length; place++) {
      if (gapBefore(sorted, place) > gapBefore(sorted, widest)) widest = place;
    }
    if (gapBefore(sorted, widest) < 2) break;
    sorted.splice(widest, 0, (sorted[widest - 1] ?? 0) + Math.floor(gapBefore(sorted, widest) / 2));
  }
  return sorted;
}

function gapBefore(sorted: readonly number[], place: number): number {
  return (sorted[place] ?? 0) - (sorted[place - 1] ?? 0);
}

/** Options that leave nothing to estimate, or say something else. */
export function checkEstimate(options: PerfOptions, problems: Problems): void {
  if (!options.estimate) return;
  if (options.prompt !== null) {
    problems.add(
      '--estimate predicts the standard speed, one request at a time; a load is not the sum of its requests',
      'leave out --estimate, or --prompt',
    );
    return;
  }
  const given: readonly [flag: string, isGiven: boolean, why: string][] = [
    ['--fit', options.fitMs !== null, 'shortens all lengths, where --estimate predicts them unshortened'],
    ['--precision', options.precision !== null, 'asks for repetitions until they agree, which an estimate has not'],
    ['--time-budget', options.timeBudgetMs !== null, 'fills a time, where --estimate takes about a tenth of it'],
    ['--executions', options.executions > 1, 'measures several starts, and an estimate belongs to one'],
    ['--number', options.requests !== null, 'deals requests, where --estimate chooses its own'],
  ];
  for (const [flag, isGiven, why] of given) {
    if (isGiven) problems.add(`${flag} ${why}`, `leave out --estimate, or ${flag}`);
  }
  if (options.maxTokens < 2 * fewestOutputTokens) {
    problems.add(
      `--estimate predicts long generations from ${fewestOutputTokens} tokens, and --max-tokens ${options.maxTokens} is hardly longer`,
      `leave it out: such a run is short, or raise --max-tokens to ${2 * fewestOutputTokens} or more`,
    );
  }
}
