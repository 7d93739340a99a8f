import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ZodType } from 'zod';

import { messageOf, systemCodeOf, TokometerError } from '../base/errors.ts';
import type { Calibration } from '../contract/calibration.ts';
import type { EngineFacts } from '../contract/engine.ts';
import type { EnvironmentFacts } from '../contract/environment.ts';
import type { ManifestFacts } from '../contract/manifest.ts';
import type { RunPlan } from '../contract/plan.ts';
import type { ProtocolFacts } from '../contract/protocol.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { WorkloadFacts } from '../contract/workload.ts';
import { calibrationName } from './calibration-name.ts';
import { type RecordStream, streamRecords } from './read-records.ts';
import { refuseOtherVersion, runDirectoryError } from './run-version.ts';

/** What a run directory holds beside its records. Files that the run did not live to write are null. */
export interface WholeFiles {
  readonly plan: RunPlan;
  readonly environment: EnvironmentFacts | null;
  readonly engine: EngineFacts | null;
  readonly workload: WorkloadFacts | null;
  /** null of runs of earlier versions too. */
  readonly protocol: ProtocolFacts | null;
  /** What the machine's client had been calibrated to; null: it had not. */
  readonly calibration: Calibration | null;
  /** null of runs of earlier versions too. */
  readonly manifest: ManifestFacts | null;
  /** Files that can't be read, and are left out. */
  readonly damages: readonly string[];
}

/** A run directory as a whole. */
export interface RunFiles extends Omit<WholeFiles, 'damages'> {
  readonly records: readonly RequestRecord[];
  /** What could not be read and is left out, in one sentence; null: nothing. */
  readonly damage: string | null;
}

/** Reads a run directory with all its records, which may be many: `readRunFacts` and `streamRecords` hold one at a time. */
export async function readRun(directory: string): Promise<RunFiles> {
  const { damages, ...facts } = await readRunFacts(directory);
  const stream = streamRecords(directory);
  const records: RequestRecord[] = [];
  for await (const record of stream) records.push(record);
  return { ...facts, records, damage: joinDamages(damages, stream) };
}

/** What of a run can't be read, in one sentence, once its records were read to their end; null: nothing. */
export function joinDamages(damages: readonly string[], stream: RecordStream): string | null {
  const texts = [...damages, stream.damage()].filter((text) => text !== null);
  return texts.length === 0 ? null : texts.join('; ');
}

/**
 * Reads what a run directory holds beside its records, also of a run that was killed at any byte. Throws E_RUN_DIRECTORY when
 * the folder holds no run, or one of another version.
 */
export async function readRunFacts(directory: string): Promise<WholeFiles> {
  // The schema library is loaded here and not at the top: most commands never read a run back.
  const [
    { planSchema },
    { environmentSchema },
    { engineSchema },
    { workloadSchema },
    protocolModule,
    calibrationModule,
    manifestModule,
  ] = await Promise.all([
    import('../contract/schema/plan.ts'),
    import('../contract/schema/environment.ts'),
    import('../contract/schema/engine.ts'),
    import('../contract/schema/workload.ts'),
    import('../contract/schema/protocol.ts'),
    import('../contract/schema/calibration.ts'),
    import('../contract/schema/manifest.ts'),
  ]);
  const plan = await readWhole(directory, 'plan.json', planSchema);
  if (plan.value === null) {
    throw runDirectoryError(directory, plan.damage ?? 'it has no plan.json');
  }
  const environment = await readWhole(directory, 'environment.json', environmentSchema);
  const engine = await readWhole(directory, 'engine.json', engineSchema);
  const workload = await readWhole(directory, 'workload.json', workloadSchema);
  const protocol = await readWhole(directory, 'protocol.json', protocolModule.protocolSchema);
  const calibration = await readWhole(directory, calibrationName, calibrationModule.calibrationSchema);
  const manifest = await readWhole(directory, 'manifest.json', manifestModule.manifestSchema);
  const damages = [environment, engine, workload, protocol, calibration, manifest]
    .map(({ damage }) => damage)
    .filter((text) => text !== null);
  return {
    plan: plan.value,
    environment: environment.value,
    engine: engine.value,
    workload: workload.value,
    protocol: protocol.value,
    calibration: calibration.value,
    manifest: manifest.value,
    damages,
  };
}

interface WholeFile<Value> {
  readonly value: Value | null;
  readonly damage: string | null;
}

async function readWhole<Value>(directory: string, name: string, schema: ZodType<Value>): Promise<WholeFile<Value>> {
  let text: string;
  try {
    text = await readFile(path.join(directory, name), 'utf8');
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { value: null, damage: null };
    throw new TokometerError('E_RUN_DIRECTORY', `can't read ${path.join(directory, name)}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { value: null, damage: `${name} is not JSON (${messageOf(error)})` };
  }
  refuseOtherVersion(directory, name, json);
  const parsed = schema.safeParse(json);
  if (parsed.success) return { value: parsed.data, damage: null };
  const issue = parsed.error.issues[0];
  return {
    value: null,
    damage: `${name} can't be read (${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown form'})`,
  };
}
