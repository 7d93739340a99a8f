import { startRunClock } from '../../base/clock.ts';
import type { Calibration } from '../../contract/calibration.ts';
import { writeCalibration } from '../../store/calibration-file.ts';
import { readMachineFacts } from '../../telemetry/machine-facts.ts';
import { measureClient } from '../calibration/measure-client.ts';

export interface Calibrated {
  readonly calibration: Calibration;
  /** The file that runs on this machine find it in. */
  readonly path: string;
}

/**
 * Measures what the client costs here and keeps it for the runs to come. Throws E_ENGINE_START, E_OUTPUT, or what the signal
 * aborts with; then nothing is kept.
 */
export async function calibrate(
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Calibrated> {
  const clock = startRunClock();
  const { tokometer, node, startedAt, kernel, hostCpu, cores } = await readMachineFacts(clock, []);
  const cost = await measureClient({ clock, signal });
  const calibration: Calibration = { v: 1, tokometer, node, takenAt: startedAt, kernel, hostCpu, cores, ...cost };
  return { calibration, path: await writeCalibration(environment, calibration) };
}
