import type { Calibration } from '../../contract/calibration.ts';
import type { EnvironmentFacts } from '../../contract/environment.ts';

/** Why a calibration tells nothing of this machine and program, in a clause; null: it fits. */
export function calibrationMisfit(calibration: Calibration, environment: EnvironmentFacts | null): string | null {
  if (environment === null) return 'nothing is known of the machine of this run';
  const pairs: [what: string, calibrated: string, here: string][] = [
    ['the CPU', calibration.hostCpu, environment.hostCpu],
    ['the number of cores', String(calibration.cores), String(environment.cores)],
    ['Node', majorOf(calibration.node), majorOf(environment.node)],
    ['Tokometer', calibration.tokometer, environment.tokometer],
  ];
  const different = pairs.find(([, calibrated, here]) => calibrated !== here);
  if (different === undefined) return null;
  const [what, calibrated, here] = different;
  return `${what} is another one since the calibration (${calibrated} then, ${here} now)`;
}

function majorOf(version: string): string {
  return version.replace(/^v/, '').split('.')[0] ?? version;
}
