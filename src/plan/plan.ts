import type { RunPlan } from '../contract/plan.ts';
import { readConfigFile } from './config-file.ts';
import { makePlan } from './make-plan.ts';
import { perfOptions, type PerfOptions } from './option/perf.ts';
import { Problems } from './problems.ts';
import { type OptionSources, readOptions } from './read-options.ts';

export interface PlannedRun {
  readonly plan: RunPlan;
  /** Options that steer the command and not the run: `json`, `push`, `quiet`, `printPlan`. */
  readonly options: PerfOptions;
}

/** Reads every source of options and makes the plan. Throws one TokometerError (exit 2) that lists all problems. */
export async function planFromSources(
  sources: OptionSources & { readonly operands?: readonly string[] },
): Promise<PlannedRun> {
  const configPath = sources.flags['config'];
  const file = typeof configPath === 'string' ? await readConfigFile(configPath) : sources.file;
  const problems = new Problems();
  for (const word of sources.operands ?? []) {
    problems.add(`"${word}" belongs to no option`, 'tokometer perf takes options only; quote values with spaces');
  }
  const options = readOptions(perfOptions, { ...sources, ...(file === undefined ? {} : { file }) }, problems);
  if (options.from !== null) {
    problems.add('from names a run to repeat, and is no option of a plan', 'give it on the command line: --from RUN');
  }
  const made = makePlan(options, problems);
  problems.throwIfAny();
  return { plan: made, options };
}

/**
 * The library's door: the same options as the command line, by their names in the table (`maxTokens: 64`).
 * Throws a TokometerError that lists all problems.
 */
export function plan(options: Partial<PerfOptions> = {}): RunPlan {
  const problems = new Problems();
  const flags: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(options)) {
    const spec = Object.entries(perfOptions).find(([name]) => name === key)?.[1];
    if (value !== null && value !== undefined) flags[spec?.flag ?? key] = value;
  }
  const values = readOptions(perfOptions, { flags }, problems);
  const made = makePlan({ ...values, ...timesAsGiven(options) }, problems);
  problems.throwIfAny();
  return made;
}

// On the command line a bare number is seconds; in the library names end in Ms and mean it.
function timesAsGiven(options: Partial<PerfOptions>): Partial<PerfOptions> {
  const times: Record<string, number> = {};
  for (const [key, value] of Object.entries(options)) {
    if (key.endsWith('TimeoutMs') || key === 'fitMs') {
      if (typeof value === 'number') times[key] = value;
    }
  }
  return times;
}
