import { describe, expect, it } from 'vitest';
import { startRunClock } from '../../../../src/base/clock.ts';
import { DueQueue } from '../../../../src/engine/reference/due-queue.ts';
import { Pacer } from '../../../../src/engine/reference/pacer.ts';
import { seededRandom } from '../../../../src/base/random.ts';
import { onSteadyMachine } from '../../../support/steady-machine.ts';

const { nowNs } = startRunClock();

function firstDecile(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 10)] ?? Number.NaN;
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout' || name === 'Immediate').length;
}

describe('the queue of due tasks', () => {
  it('gives the earliest first, and equal ones in the order in which they came', () => {
    const queue = new DueQueue();
    const random = seededRandom('queue');
    const added = Array.from({ length: 500 }, (_, place) => ({ dueNs: random.nextBelow(50), place }));
    const taken: { dueNs: number; place: number }[] = [];
    for (const item of added) queue.add(item.dueNs, () => taken.push(item));
    for (let entry = queue.first(); entry !== undefined; entry = queue.first()) {
      entry.task?.();
      queue.removeFirst();
    }
    expect(taken).toEqual(added.toSorted((one, other) => one.dueNs - other.dueNs || one.place - other.place));
  });

  it('skips what was cancelled', () => {
    const queue = new DueQueue();
    const first = queue.add(1, () => {});
    const second = queue.add(2, () => {});
    first.task = null;
    expect(queue.first()).toBe(second);
  });
});

describe('the pacer', () => {
  // On a busy machine most calls wait for a core: the best tenth shows the pacer (a bare timer's comes some 0.5 ms late).
  it('never calls early, and within 100 us when it gets a core', (context) =>
    onSteadyMachine(context, async (holds) => {
      const lateNs = await latenessNs();
      expect(Math.min(...lateNs)).toBeGreaterThanOrEqual(0);
      holds(firstDecile(lateNs) < 100_000, `the best tenth is ${firstDecile(lateNs)} ns late`);
    }));

  it('serves many streams in the order of their due times', async () => {
    const pacer = new Pacer(nowNs);
    const startNs = nowNs() + 10e6;
    const random = seededRandom('streams');
    const dues = Array.from({ length: 300 }, () => startNs + random.nextBelow(30_000_000));
    const called: number[] = [];
    await new Promise<void>((resolve) => {
      for (const dueNs of dues) {
        pacer.at(dueNs, () => {
          called.push(dueNs);
          if (called.length === dues.length) resolve();
        });
      }
    });
    expect(called).toEqual(dues.toSorted((one, other) => one - other));
  });

  it('wakes up for a task that is added later and due sooner', async () => {
    const pacer = new Pacer(nowNs);
    const far = pacer.at(nowNs() + 5000e6, () => {});
    const beganNs = nowNs();
    await new Promise<void>((resolve) => {
      pacer.at(beganNs + 10e6, resolve);
    });
    expect(nowNs() - beganNs).toBeLessThan(1000e6);
    pacer.cancel(far);
  });

  it('does not call what was cancelled', async () => {
    const pacer = new Pacer(nowNs);
    const called: string[] = [];
    const early = pacer.at(nowNs() + 5e6, () => called.push('early'));
    pacer.cancel(early);
    pacer.cancel(early);
    await new Promise<void>((resolve) => {
      pacer.at(nowNs() + 10e6, resolve);
    });
    expect(called).toEqual([]);
  });

  it('lets timers and sockets have their turn while tasks are always due', async () => {
    const pacer = new Pacer(nowNs);
    let running = true;
    let calls = 0;
    const step = (): void => {
      calls++;
      if (running) pacer.at(nowNs(), step);
    };
    pacer.at(nowNs(), step);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    running = false;
    expect(calls).toBeGreaterThan(10);
  });

  it('holds no timer once everything ran, was cancelled, or it was closed', async () => {
    const before = timers();
    const pacer = new Pacer(nowNs);
    pacer.cancel(pacer.at(nowNs() + 1000e6, () => {}));
    expect(timers()).toBe(before);
    pacer.at(nowNs() + 1000e6, () => {});
    expect(timers()).toBe(before + 1);
    pacer.close();
    expect(timers()).toBe(before);
  });
});

async function latenessNs(): Promise<number[]> {
  const pacer = new Pacer(nowNs);
  const lateNs: number[] = [];
  const startNs = nowNs() + 5e6;
  await new Promise<void>((resolve) => {
    const step = (place: number): void => {
      lateNs.push(nowNs() - (startNs + place * 3e6));
      if (place === 60) resolve();
      else pacer.at(startNs + (place + 1) * 3e6, () => step(place + 1));
    };
    pacer.at(startNs, () => step(0));
  });
  return lateNs;
}
