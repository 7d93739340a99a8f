import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';

/** A small process that outlives Tokometer only to end what Tokometer started. */
export interface Watchdog {
  /** Names the process group to end once Tokometer is gone. */
  guard(groupId: number): void;
  /** There is nothing left to guard. Resolves when the watchdog is gone. */
  dismiss(): Promise<void>;
}

/**
 * Starts it before the server, so that no moment is unguarded. It holds the reading end of a pipe: however Tokometer
 * ends, the system closes the other end. It runs in a session of its own, where no signal for Tokometer reaches it.
 */
export function startWatchdog(graceMs: number): Watchdog {
  const script = `(${endGroupAfterParent.toString()})(${graceMs})`;
  const child = spawn(process.execPath, ['-e', script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  const gone = once(child, 'close').catch(() => undefined);
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  // Neither the process nor its pipe keeps Tokometer alive.
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return {
    guard: (groupId) => void child.stdin.write(`${groupId}\n`),
    dismiss: async () => {
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) {
        child.ref();
        await gone;
      }
    },
  };
}

// Handed over as source, so that it runs alike from a build and from tests: it may use nothing but Node's globals.
function endGroupAfterParent(graceMs: number): void {
  let text = '';
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- handed over as one piece
  const signal = (groupId: number, name: NodeJS.Signals | 0): boolean => {
    try {
      process.kill(-groupId, name);
      return true;
    } catch {
      return false;
    }
  };
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (part: string) => {
    text += part;
  });
  process.stdin.on('end', () => {
    const groupId = Number(text);
    if (!(groupId > 1) || !signal(groupId, 'SIGTERM')) return;
    const startedAt = Date.now();
    const timer = setInterval(() => {
      const isGone = !signal(groupId, 0);
      if (!isGone && Date.now() - startedAt < graceMs) return;
      if (!isGone) signal(groupId, 'SIGKILL');
      clearInterval(timer);
    }, 100);
  });
}
