import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { oneLine } from '../../base/escape.ts';

export interface CommandInput {
  readonly command: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

const keptLines = 8;

/** Runs a command, tells its lines as they come, and throws with the last ones when it fails. */
export function runCommand({ command, words, environment, progress, signal }: CommandInput): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'], signal });
    const last: string[] = [];
    const tell = (line: string): void => {
      const text = oneLine(line);
      if (text === '') return;
      last.push(text);
      if (last.length > keptLines) last.shift();
      progress(text);
    };
    createInterface({ input: child.stdout }).on('line', tell);
    createInterface({ input: child.stderr }).on('line', tell);
    child.on('error', reject);
    child.on('close', (code, killer) => {
      if (code === 0) return resolve();
      const how = killer === null ? `exit code ${code}` : killer;
      reject(new Error(`${[command, ...words].join(' ')} ended with ${how}:\n${last.join('\n')}`));
    });
  });
}
