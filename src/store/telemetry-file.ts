import { appendFile } from 'node:fs/promises';
import path from 'node:path';

import { messageOf, systemCodeOf, TokometerError } from '../base/errors.ts';
import type { TelemetrySample } from '../contract/telemetry.ts';
import { outputError } from './output-error.ts';
import { readLines } from './read-lines.ts';

/** Where samples of the machine go, beside the records. */
export const telemetryName = 'telemetry.jsonl';

/**
 * Appends samples to telemetry.jsonl, one line each. Resolves when they are with the system. Throws E_DISK_FULL or E_OUTPUT.
 */
export async function appendTelemetry(directory: string, samples: readonly TelemetrySample[]): Promise<void> {
  if (samples.length === 0) return;
  const file = path.join(directory, telemetryName);
  try {
    await appendFile(
      file,
      samples.map((sample) => `${JSON.stringify({ v: 1, ...sample, atNs: Math.round(sample.atNs) })}\n`).join(''),
    );
  } catch (error) {
    throw outputError(file, error);
  }
}

export interface TelemetryRead {
  readonly samples: readonly TelemetrySample[];
  /** What of it can't be read and is left out; null: nothing. */
  readonly damage: string | null;
}

/** Reads telemetry.jsonl, also of a run that was killed at any byte; a missing file holds nothing. */
export async function readTelemetry(directory: string): Promise<TelemetryRead> {
  const { telemetrySampleSchema: schema } = await import('../contract/schema/telemetry.ts');
  const samples: TelemetrySample[] = [];
  let unreadable = 0;
  try {
    for await (const line of readLines(path.join(directory, telemetryName))) {
      const parsed = schema.safeParse(versionOne(line.bytes.toString('utf8')));
      if (parsed.success) samples.push(parsed.data);
      else unreadable++;
    }
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') {
      const message = `can't read ${path.join(directory, telemetryName)}: ${messageOf(error)}`;
      throw new TokometerError('E_RUN_DIRECTORY', message, { cause: error });
    }
  }
  const lines = unreadable === 1 ? '1 line' : `${unreadable} lines`;
  return {
    samples,
    damage:
      unreadable === 0
        ? null
        : `${lines} of ${telemetryName} can't be read and ${unreadable === 1 ? 'is' : 'are'} left out`,
  };
}

function versionOne(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && 'v' in json && json.v === 1 ? json : null;
  } catch {
    return null;
  }
}
