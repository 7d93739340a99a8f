/**
 * Room `store`: what a run finds out comes in, the files of its run directory go out, and come back in later. Records
 * are appended as they come; every other file is written whole. It must not know what the numbers mean: a run that was killed
 * at any byte can be read, and secrets are masked before they reach the disk.
 */
import path from 'node:path';

import type { TokometerError } from '../base/errors.ts';
import { maskCommandLine, maskSecrets } from '../base/mask-secrets.ts';
import type { Calibration } from '../contract/calibration.ts';
import type { EngineFacts } from '../contract/engine.ts';
import type { EnvironmentFacts } from '../contract/environment.ts';
import type { ManifestFacts } from '../contract/manifest.ts';
import type { RunPlan } from '../contract/plan.ts';
import type { ProtocolFacts } from '../contract/protocol.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { Summary } from '../contract/summary.ts';
import type { TelemetrySample } from '../contract/telemetry.ts';
import type { WorkloadFacts } from '../contract/workload.ts';
import { calibrationName } from './calibration-name.ts';
import { RecordsFile } from './records-file.ts';
import { jsonText, writeRunFile } from './run-file.ts';
import { appendTelemetry } from './telemetry-file.ts';

/** Writes one run directory. Every method that writes throws E_DISK_FULL or E_OUTPUT. */
export class RunStore {
  readonly directory: string;
  readonly #records: RecordsFile;

  constructor(directory: string, records: RecordsFile) {
    this.directory = directory;
    this.#records = records;
  }

  writePlan(plan: RunPlan): Promise<void> {
    return this.writeText('plan.json', jsonText(maskSecrets(plan)));
  }

  writeEnvironment(environment: EnvironmentFacts): Promise<void> {
    const commandLine = maskCommandLine(environment.commandLine);
    return this.writeText('environment.json', jsonText({ ...environment, commandLine }));
  }

  writeEngine(engine: EngineFacts): Promise<void> {
    return this.writeText('engine.json', jsonText(maskSecrets(engine)));
  }

  writeManifest(manifest: ManifestFacts): Promise<void> {
    return this.writeText('manifest.json', jsonText(maskSecrets(manifest)));
  }

  writeWorkload(workload: WorkloadFacts): Promise<void> {
    return this.writeText('workload.json', jsonText(workload));
  }

  writeCalibration(calibration: Calibration): Promise<void> {
    return this.writeText(calibrationName, jsonText(calibration));
  }

  writeProtocol(protocol: ProtocolFacts): Promise<void> {
    return this.writeText('protocol.json', jsonText(protocol));
  }

  writeSummary(summary: Summary): Promise<void> {
    return this.writeText('summary.json', jsonText(maskSecrets(summary)));
  }

  /** Writes any whole file of the directory, atomically. */
  writeText(name: string, text: string): Promise<void> {
    return writeRunFile(this.directory, name, text);
  }

  /** Queues a record for records.jsonl and returns at once; an error shows in `failed` and `flush`. */
  appendRecord(record: RequestRecord): void {
    this.#records.append(record);
  }

  /** Appends samples of the machine to telemetry.jsonl. */
  appendTelemetry(samples: readonly TelemetrySample[]): Promise<void> {
    return appendTelemetry(this.directory, samples);
  }

  failed(): TokometerError | null {
    return this.#records.failed();
  }

  /** Resolves when every appended record would survive the end of this process. */
  flush(): Promise<void> {
    return this.#records.flush();
  }

  close(): Promise<void> {
    return this.#records.close();
  }
}

/** Opens the store of a fresh run directory: creates records.jsonl and proves that it can be written. */
export async function openRunStore(directory: string): Promise<RunStore> {
  return new RunStore(directory, await RecordsFile.open(path.join(directory, 'records.jsonl')));
}
