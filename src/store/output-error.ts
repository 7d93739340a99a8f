import { messageOf, systemCodeOf, TokometerError } from '../base/errors.ts';

/** What a failed write means to a person: E_DISK_FULL or E_OUTPUT, with the path and the system's reason. `flag` names another place. */
export function outputError(path: string, cause: unknown, kept = '', flag = '--outputs-dir'): TokometerError {
  const code = systemCodeOf(cause);
  const message = `can't write ${path}: ${messageOf(cause)}${kept === '' ? '' : `; ${kept}`}`;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new TokometerError('E_DISK_FULL', message, {
      hint: `free some space, or choose another disk with ${flag}`,
      cause,
    });
  }
  return new TokometerError('E_OUTPUT', message, {
    hint: `choose a folder that can be written with ${flag}`,
    cause,
  });
}
