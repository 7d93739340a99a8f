import path from 'node:path';

import type { EnvironmentFacts } from '../contract/environment.ts';
import type { RunPlan } from '../contract/plan.ts';
import type { ReportDetails } from '../contract/report-details.ts';
import type { Summary } from '../contract/summary.ts';
import { render } from '../report/render.ts';
import { qwenCsv, qwenCsvName } from '../store/export/qwen-csv.ts';
import { speedBenchmarkJson } from '../store/export/speed-benchmark.ts';
import { writeRunFile } from '../store/run-file.ts';

/** Writes what people open into the run directory: summary.json, report.html, and of a speed benchmark speed_benchmark.json. */
export async function writeResults(result: {
  directory: string;
  summary: Summary;
  details: ReportDetails | null;
  plan: RunPlan;
  environment: EnvironmentFacts | null;
}): Promise<void> {
  const { directory, summary, details, plan, environment } = result;
  const context = { plan, environment, details, width: 100, colour: false };
  // EvalScope's file tells the standard speed; a load has other values.
  if (plan.workload.prompt === null) {
    await writeRunFile(directory, 'speed_benchmark.json', speedBenchmarkJson(summary, plan));
  }
  await writeRunFile(directory, 'report.html', render(summary, 'html', context));
  // Last: a run that has it is done, and nothing of it may be missing.
  await writeRunFile(directory, 'summary.json', render(summary, 'json', context));
}

/** Writes the CSV of Qwen's scripts into the outputs folder; returns its path. */
export async function writeCsv(summary: Summary, plan: RunPlan, isFolder: boolean): Promise<string> {
  const name = qwenCsvName(plan, isFolder, new Date());
  await writeRunFile(plan.output.directory, name, qwenCsv(summary, plan));
  return path.join(plan.output.directory, name);
}
