import type { Calibration } from '../contract/calibration.ts';
import type { EngineFacts, Tell } from '../contract/engine.ts';
import { readCalibration } from '../store/calibration-file.ts';
import type { RunStore } from '../store/run-store.ts';

/**
 * The calibration of this machine, whether it fits or not, kept in the run directory so that its rows can be judged again; null:
 * there is none that can be read, or the engine is in this process.
 */
export async function keepCalibration(
  engine: EngineFacts,
  { store, tell }: { store: RunStore; tell: Tell },
): Promise<Calibration | null> {
  if (engine.url === null) return null;
  const { calibration, damage } = await readCalibration(process.env);
  if (damage !== null) tell.warning(damage);
  if (calibration !== null) await store.writeCalibration(calibration);
  return calibration;
}
