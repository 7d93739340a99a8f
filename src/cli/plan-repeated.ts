import type { PlannedRun } from '../plan/plan.ts';
import { repeatPlan } from '../plan/repeat-plan.ts';
import type { OptionSources } from '../plan/read-options.ts';
import type { RepeatedRun } from '../run/manifest.ts';
import { readStoredRun } from '../store/read-stored-run.ts';

/** The run of a directory as it is to be repeated, with what the command line changes in it. Throws E_RUN_DIRECTORY or E_USAGE. */
export async function planRepeated(
  directory: string,
  sources: Pick<OptionSources, 'flags' | 'environment'> & { readonly operands: readonly string[] },
): Promise<PlannedRun & { readonly repeats: RepeatedRun }> {
  const { plan: stored, environment, engine, workload, manifest } = await readStoredRun(directory);
  const { plan, options, differences } = repeatPlan(stored, sources);
  const repeats = { directory, environment, engine, workload, manifest, planDifferences: differences };
  return { plan, options, repeats };
}
