import { TokometerError } from '../base/errors.ts';

const version = 1;

/** A folder that can't be read as a run. */
export function runDirectoryError(directory: string, why: string): TokometerError {
  return new TokometerError('E_RUN_DIRECTORY', `${directory} is not a run directory: ${why}`, {
    hint: 'name the folder that holds plan.json and records.jsonl, such as outputs/MODEL/20261121_210500',
  });
}

/** Throws E_RUN_DIRECTORY when a file names a version that is not ours. One that names none has none to refuse. */
export function refuseOtherVersion(directory: string, name: string, json: unknown): void {
  if (typeof json !== 'object' || json === null || !('v' in json) || json.v === version) return;
  throw new TokometerError(
    'E_RUN_DIRECTORY',
    `${name} in ${directory} has version ${String(json.v)}; this Tokometer reads version ${version}`,
    { hint: 'read it with the version of Tokometer that wrote it (environment.json names it), or a newer one' },
  );
}
