/**
 * Room `metrics`: records and facts in, a Summary out. Every number that a person reads is made here, and by pure
 * functions of what was recorded: the same run directory gives the same summary, byte for byte. It must not know
 * clocks, files, engines at work, or how a result is shown.
 */
import { formatBytes } from '../base/units.ts';
import type { Calibration } from '../contract/calibration.ts';
import type { EngineFacts } from '../contract/engine.ts';
import type { EnvironmentFacts } from '../contract/environment.ts';
import type { ManifestFacts } from '../contract/manifest.ts';
import type { CellPlan, RunPlan } from '../contract/plan.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { ProtocolFacts } from '../contract/protocol.ts';
import type { Summary } from '../contract/summary.ts';
import type { TelemetrySample } from '../contract/telemetry.ts';
import type { WorkloadFacts } from '../contract/workload.ts';
import { adviceRules } from './advice/list.ts';
import type { AdviceFacts } from './advice/rule.ts';
import { calibrationMisfit } from './bound/calibration-misfit.ts';
import { coldStarts } from './cold-starts.ts';
import { estimateOf } from './estimate/estimate.ts';
import { TelemetryIndex } from './noise/row-samples.ts';
import { requestsPlanned } from './requests-planned.ts';
import { rooflineOf } from './roofline.ts';
import { RunTally } from './run-tally.ts';
import { summaryRow } from './summary-row.ts';
import { summaryFields } from './summary-fields.ts';
import { unknownEngine } from './unknown-engine.ts';

/** What a run left beside its records, as live values or as read back from its directory. */
export interface RunFacts {
  readonly plan: RunPlan;
  /** The cells that were run: those of the plan, or scaled ones of the same ids in their place. */
  readonly cells: readonly CellPlan[];
  /** null: the run was stopped before its engine was known. */
  readonly engine: EngineFacts | null;
  readonly environment: EnvironmentFacts | null;
  readonly workload: WorkloadFacts | null;
  /** What was decided while it was measured; null: not recorded. */
  readonly protocol: ProtocolFacts | null;
  readonly directory: string;
  readonly state: 'complete' | 'partial';
  /** What was sampled of the machine; left out: nothing. */
  readonly telemetry?: readonly TelemetrySample[];
  /** The machine's own; left out or null: it had none. */
  readonly calibration?: Calibration | null;
  /** null: not recorded; left out likewise. */
  readonly manifest?: ManifestFacts | null;
  /** Sentences for the reader that come from outside, such as a damaged records file. */
  readonly warnings?: readonly string[];
}

/** The same with its records, which may come one by one. */
export interface RecordedRun extends RunFacts {
  readonly records: Iterable<RequestRecord>;
}

/** Makes the Summary of a run, whole or stopped at any point. */
export function summarize(run: RecordedRun): Summary {
  const tally = new RunTally(run.cells);
  for (const record of run.records) tally.add(record);
  return summarizeTally(run, tally);
}

/** The same of records that were taken in one by one. */
export function summarizeTally(run: RunFacts, tally: RunTally): Summary {
  const { plan, cells, environment, workload } = run;
  const engine = run.engine ?? unknownEngine(plan);
  const roofline = rooflineOf(plan, engine);
  const telemetry = new TelemetryIndex(run.telemetry ?? []);
  // A client in the engine's own process has no socket to be judged by.
  const calibration = engine.url === null ? null : (run.calibration ?? null);
  const misfit = calibration === null ? null : calibrationMisfit(calibration, environment);
  const rows = tally.cells().map((one) =>
    summaryRow({
      ...one,
      planned: requestsPlanned(cells, one.cell, plan.traffic),
      traffic: plan.traffic,
      slo: plan.slo,
      protocol: run.protocol,
      engine,
      roofline,
      model: plan.model,
      addedTokens: workload?.addedTokens ?? 0,
      telemetry,
      calibration: misfit === null ? calibration : null,
    }),
  );
  const estimate = estimateOf({ plan, rows, tally });
  const counted = rows.flatMap((row) => tally.countedOf(row.cell));
  const facts: AdviceFacts = { plan, rows, engine, workload, tally, counted, estimate };
  return {
    v: 1,
    tokometer: environment?.tokometer ?? 'unknown',
    model: plan.model,
    name: plan.name,
    startedAt: environment?.startedAt ?? 'unknown',
    directory: run.directory,
    state: run.state,
    engine,
    machine: environment === null ? 'unknown' : machineText(environment),
    workload: {
      dataset: plan.workload.dataset,
      method: workload?.method ?? 'unknown',
      scale: workload?.scale ?? null,
      seed: plan.workload.seed,
      nonce: workload?.nonce ?? null,
    },
    calibration: calibration === null ? null : { takenAt: calibration.takenAt, misfit },
    repeats: run.manifest?.repeats ?? null,
    slo: plan.slo,
    starts: coldStarts(run.protocol, tally),
    rows,
    estimate,
    advice: adviceRules.flatMap((rule) => rule(facts) ?? []),
    warnings: run.warnings ?? [],
    fields: summaryFields,
  };
}

function machineText({ hostCpu, cores, memoryBytes, os, architecture }: EnvironmentFacts): string {
  return `${hostCpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${formatBytes(memoryBytes)}, ${os} ${architecture}`;
}
