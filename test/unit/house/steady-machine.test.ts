import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';

import { type Holds, onSteadyMachine, type Skips } from '../../support/steady-machine.ts';

class Skipped extends Error {}

/** How the check of a test ends: what it threw, and how often it was made. */
async function ending(check: (holds: Holds, attempt: number) => Promise<void>) {
  let attempts = 0;
  const context: Skips = {
    skip: (reason) => {
      throw new Skipped(reason);
    },
  };
  const thrown: unknown = await onSteadyMachine(context, (holds) => check(holds, ++attempts)).then(
    () => null,
    (error: unknown) => error,
  );
  return { thrown, attempts };
}

const waiting = (): number[] =>
  execFileSync('pgrep', ['-P', String(process.pid), '-f', 'waiting-process'], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number);

describe.skipIf(process.platform === 'win32')('a check of times', () => {
  test('is made again where a time does not hold, and fails at once for anything else', async () => {
    const late = await ending(async (holds, attempt) => holds(attempt === 3, 'late'));
    expect(late).toEqual({ thrown: null, attempts: 3 });
    const wrong = new Error('wrong');
    const other = await ending(() => Promise.reject(wrong));
    expect(other).toEqual({ thrown: wrong, attempts: 1 });
  });

  test('fails where the machine was steady once', async (context) => {
    const { thrown, attempts } = await ending(async (holds) => holds(false, 'late'));
    if (thrown instanceof Skipped) context.skip(`this machine was not steady once: ${thrown.message}`);
    expect(attempts).toBe(4);
    expect(thrown).toMatchObject({ message: 'late' });
  });

  test('is skipped with the figures where the machine was held back each time', async () => {
    const { thrown, attempts } = await ending(async (holds) => {
      const pids = waiting();
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      await sleep(100);
      for (const pid of pids) process.kill(pid, 'SIGCONT');
      holds(false, 'late');
    });
    expect(attempts).toBe(4);
    expect(thrown).toBeInstanceOf(Skipped);
    expect(thrown).toMatchObject({ message: expect.stringMatching(/back for (\d+ %(, )?){4} of the time: late$/) });
  });
});
