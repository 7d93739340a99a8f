import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

import { messageOf, systemCodeOf, TokometerError } from '../base/errors.ts';
import type { Calibration } from '../contract/calibration.ts';
import { calibrationName } from './calibration-name.ts';
import { makeFolders } from './run-directory.ts';
import { jsonText, writeRunFile } from './run-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the calibration of a machine is kept: `$XDG_STATE_HOME/tokometer`, or `~/.local/state/tokometer`. */
export function calibrationPath(environment: Environment): string {
  const state = environment['XDG_STATE_HOME'];
  const home = environment['HOME'] ?? homedir();
  const root = state !== undefined && path.isAbsolute(state) ? state : path.join(home, '.local', 'state');
  return path.join(root, 'tokometer', calibrationName);
}

/** Keeps a calibration in place of an earlier one; returns its path. Throws E_OUTPUT or E_DISK_FULL. */
export async function writeCalibration(environment: Environment, calibration: Calibration): Promise<string> {
  const file = calibrationPath(environment);
  try {
    await makeFolders(path.dirname(file));
    await writeRunFile(path.dirname(file), calibrationName, jsonText(calibration));
    return file;
  } catch (error) {
    const code = error instanceof TokometerError ? error.code : 'E_OUTPUT';
    const message = error instanceof TokometerError ? error.message : `can't write ${file}: ${messageOf(error)}`;
    throw new TokometerError(code, message, {
      hint: 'choose a folder that can be written with XDG_STATE_HOME',
      cause: error,
    });
  }
}

export interface CalibrationRead {
  readonly calibration: Calibration | null;
  /** Why there is none although there is a file, in a sentence; null: there is no file, or it was read. */
  readonly damage: string | null;
}

/** Reads the calibration of this machine. Never throws: a run does not depend on it. */
export async function readCalibration(environment: Environment): Promise<CalibrationRead> {
  const file = calibrationPath(environment);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const code = systemCodeOf(error);
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? { calibration: null, damage: null }
      : damaged(file, messageOf(error));
  }
  const { calibrationSchema } = await import('../contract/schema/calibration.ts');
  const parsed = calibrationSchema.safeParse(json);
  if (parsed.success) return { calibration: parsed.data, damage: null };
  const issue = parsed.error.issues[0];
  return damaged(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown form'}`);
}

function damaged(file: string, why: string): CalibrationRead {
  const damage = `The calibration ${file} can't be read (${why}) and is not used: tokometer doctor --calibrate makes it anew`;
  return { calibration: null, damage };
}
