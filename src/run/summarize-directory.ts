import { TokometerError } from '../base/errors.ts';
import type { EnvironmentFacts } from '../contract/environment.ts';
import type { RunPlan, SloLimit } from '../contract/plan.ts';
import type { ReportDetails } from '../contract/report-details.ts';
import type { Summary } from '../contract/summary.ts';
import { DetailsTally } from '../metrics/details/report-details.ts';
import { requestsPlanned } from '../metrics/requests-planned.ts';
import { RunTally } from '../metrics/run-tally.ts';
import { summarizeTally } from '../metrics/summarize.ts';
import { streamRecords } from '../store/read-records.ts';
import { joinDamages, readRunFacts, type WholeFiles } from '../store/read-run.ts';
import { readTelemetry } from '../store/telemetry-file.ts';

/**
 * Makes the Summary of a run directory again from its records; works on a run that was stopped at any moment.
 * Throws E_RUN_DIRECTORY when the folder holds no run.
 */
export async function summarizeDirectory(directory: string): Promise<Summary> {
  return (await readSummary(directory, { withDetails: false })).summary;
}

interface HowToRead {
  readonly withDetails: boolean;
  readonly slo?: readonly SloLimit[];
}

export interface ReadSummary {
  readonly summary: Summary;
  /** null: not asked for. */
  readonly details: ReportDetails | null;
  readonly plan: RunPlan;
  readonly environment: EnvironmentFacts | null;
}

/**
 * As `summarizeDirectory`, with the files that a report shows beside the summary, and with what its page draws where that is asked for.
 * `slo`: limits in the place of those of the plan, for runs of a load; left out or empty: those of the plan.
 */
export async function readSummary(directory: string, how: HowToRead): Promise<ReadSummary> {
  const { withDetails, slo = [] } = how;
  const files = await readRunFacts(directory);
  if (files.engine === null || files.workload === null) {
    throw new TokometerError('E_RUN_DIRECTORY', `the run in ${directory} ended before its first request`, {
      hint: 'there is nothing to report: run it again',
    });
  }
  const { cells } = files.workload;
  const tally = new RunTally(cells);
  const shown = withDetails ? new DetailsTally(cells) : null;
  const records = streamRecords(directory);
  for await (const record of records) {
    tally.add(record);
    shown?.add(record);
  }
  const { samples: telemetry, damage: ofTelemetry } = await readTelemetry(directory);
  const damage = joinDamages([...files.damages, ...(ofTelemetry === null ? [] : [ofTelemetry])], records);
  const facts = {
    plan: slo.length === 0 ? files.plan : judgedBy(slo, files.plan, directory),
    cells,
    engine: files.engine,
    environment: files.environment,
    workload: files.workload,
    protocol: files.protocol,
    calibration: files.calibration,
    manifest: files.manifest,
    directory,
    telemetry,
    state: isWhole(files, tally) ? 'complete' : 'partial',
    warnings: damage === null ? [] : [damage],
  } as const;
  const summary = summarizeTally(facts, tally);
  const { plan, environment } = files;
  return { summary, details: shown?.details(facts, tally) ?? null, plan, environment };
}

function judgedBy(slo: readonly SloLimit[], plan: RunPlan, directory: string): RunPlan {
  if (plan.cells.some(({ kind }) => kind === 'load')) return { ...plan, slo };
  throw new TokometerError('E_USAGE', `--slo judges the requests of a load, and the run in ${directory} is none`, {
    hint: 'leave it out',
  });
}

// Runs of earlier versions kept no decisions: their plans say how many requests there had to be.
function isWhole({ plan, workload, protocol }: WholeFiles, tally: RunTally): boolean {
  if (protocol !== null) return protocol.isDone;
  const cells = workload?.cells ?? [];
  const warmups = cells.reduce((sum, cell) => sum + plan.traffic.warmups * cell.warmupRequests, 0);
  const measured = cells.reduce((sum, cell) => sum + requestsPlanned(cells, cell, plan.traffic), 0);
  return tally.records >= warmups + measured;
}
