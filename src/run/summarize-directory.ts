import { TokometerError } from '../base/errors.ts';
import type { EnvironmentFacts } from '../contract/environment.ts';
import type { RunPlan } from '../contract/plan.ts';
import type { Summary } from '../contract/summary.ts';
import { summarize } from '../metrics/summarize.ts';
import { readRun } from '../store/read-run.ts';
import { orderPasses } from './passes.ts';

/**
 * Makes the Summary of a run directory again from its records; works on a run that was stopped at any moment.
 * Throws E_RUN_DIRECTORY when the folder holds no run.
 */
export async function summarizeDirectory(directory: string): Promise<Summary> {
  return (await readSummary(directory)).summary;
}

export interface ReadSummary {
  readonly summary: Summary;
  readonly plan: RunPlan;
  readonly environment: EnvironmentFacts | null;
}

/** As `summarizeDirectory`, with the files that a report shows beside the summary. */
export async function readSummary(directory: string): Promise<ReadSummary> {
  const files = await readRun(directory);
  if (files.engine === null || files.workload === null) {
    throw new TokometerError('E_RUN_DIRECTORY', `the run in ${directory} ended before its first request`, {
      hint: 'there is nothing to report: run it again',
    });
  }
  const { cells } = files.workload;
  const planned = orderPasses(cells, files.plan.traffic).length;
  const summary = summarize({
    plan: files.plan,
    cells,
    records: files.records,
    engine: files.engine,
    environment: files.environment,
    workload: files.workload,
    directory,
    state: files.records.length < planned ? 'partial' : 'complete',
    warnings: files.damage === null ? [] : [files.damage],
  });
  return { summary, plan: files.plan, environment: files.environment };
}
