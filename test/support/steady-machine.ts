import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** What a machine that lets no process run when it is due can break: a time that is too long. */
class TooLate extends Error {}

/** Of a test's context. */
export interface Skips {
  skip(reason: string): never;
}

/** Throws where the condition does not hold; a machine that stalls meanwhile is asked again, and excused at last. */
export type Holds = (condition: boolean, text: string) => void;

const holds: Holds = (condition, text) => {
  if (!condition) throw new TooLate(text);
};

const attempts = 4;
// On two shared vCPUs where nothing else ran: 0 to 0.3 % in two runs of 5 s, 1.5 to 9 % in a third, when a neighbour worked.
const steadyShare = 0.03;

/**
 * Runs a check of times, once more where one did not hold. At last it fails where the machine was steady in any of the
 * attempts, by a process that does nothing but wait a millisecond at a time; where it never was, the test is skipped
 * with that figure. Anything else that fails in it fails at once.
 */
export async function onSteadyMachine(context: Skips, check: (holds: Holds) => Promise<void>): Promise<void> {
  let onSteady: TooLate | null = null;
  let text = '';
  const shares: number[] = [];
  for (let attempt = 0; attempt < attempts; attempt++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { error, stalled } = await watched(() => check(holds));
    if (error === null) return;
    if (!(error instanceof TooLate)) throw error;
    if (stalled < steadyShare) onSteady = error;
    text = error.message;
    shares.push(stalled);
  }
  if (onSteady !== null) throw onSteady;
  const percent = shares.map((share) => `${(share * 100).toFixed(0)} %`).join(', ');
  context.skip(`this machine held a process that only waits back for ${percent} of the time: ${text}`);
}

interface Watched {
  readonly error: unknown;
  /** Share of the time, beyond the first millisecond of each wait. */
  readonly stalled: number;
}

async function watched(check: () => Promise<void>): Promise<Watched> {
  const waiting = fork(path.join(import.meta.dirname, 'waiting-process.js'), { execArgv: [] });
  try {
    await once(waiting, 'message');
    const error = await check().then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (error === null) return { error, stalled: 0 };
    waiting.send('how long?');
    const [stalled] = await once(waiting, 'message');
    return { error, stalled: Number(stalled) };
  } finally {
    waiting.kill();
  }
}
