import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where managed environments are kept: `$XDG_DATA_HOME/tokometer/env`, or `~/.local/share/tokometer/env`. */
export function managedEnvironments(environment: Readonly<Record<string, string | undefined>>): string {
  const data = environment['XDG_DATA_HOME'];
  const home = environment['HOME'] ?? homedir();
  const root = data !== undefined && isAbsolute(data) ? data : join(home, '.local', 'share');
  return join(root, 'tokometer', 'env');
}

/** The interpreter of a virtual or conda environment. */
export function pythonOf(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}
