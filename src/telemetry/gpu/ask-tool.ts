import { execFile } from 'node:child_process';

import { systemCodeOf } from '../../base/errors.ts';

export interface ToolAnswer {
  /** false: there is no such program here. */
  readonly isHere: boolean;
  readonly ok: boolean;
  /** These tools print their errors on stdout. */
  readonly text: string;
}

// Without a client that holds it open, the driver is loaded anew for the first call: seconds, on many GPUs half a minute.
const askTimeoutMs = 30_000;

/** Runs a GPU tool once. Never rejects. */
export function askTool(words: readonly string[]): Promise<ToolAnswer> {
  const [file = '', ...rest] = words;
  return new Promise((resolve) => {
    execFile(file, rest, { timeout: askTimeoutMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      const code = systemCodeOf(error);
      const isHere = code !== 'ENOENT' && code !== 'EACCES' && code !== 'ENOEXEC';
      resolve({ isHere, ok: error === null, text: stdout === '' ? stderr : stdout });
    });
  });
}
