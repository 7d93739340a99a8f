import { execFile } from 'node:child_process';
import { systemCodeOf } from '../../base/errors.ts';

/** What a short-lived program printed. `started`: there is such a program. */
export interface ProgramAnswer {
  readonly started: boolean;
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

const maximumAnswerBytes = 16 * 1024 * 1024;

/** Runs a program to its end. Never rejects. */
export function askProgram(
  words: readonly string[],
  options: { timeoutMs: number; environment?: Readonly<Record<string, string>>; signal?: AbortSignal | undefined },
): Promise<ProgramAnswer> {
  const [file = '', ...rest] = words;
  return new Promise((resolve) => {
    execFile(
      file,
      rest,
      {
        timeout: options.timeoutMs,
        killSignal: 'SIGKILL',
        signal: options.signal,
        maxBuffer: maximumAnswerBytes,
        env: { ...process.env, ...options.environment },
      },
      (error, stdout, stderr) => {
        const code = systemCodeOf(error);
        const started = code !== 'ENOENT' && code !== 'EACCES' && code !== 'ENOEXEC';
        resolve({ started, ok: error === null, stdout, stderr });
      },
    );
  });
}
