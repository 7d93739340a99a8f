import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WakeKeeper } from '../../../../src/engine/http/wake-keeper.ts';

/** CPU time of this process over 100 ms that it waits, as a share. */
async function shareOfCore(): Promise<number> {
  const before = process.cpuUsage();
  const startMs = performance.now();
  await sleep(100);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - startMs);
}

test('busy polling takes the core as long as a request is in flight, and gives it back', async () => {
  const idle = await shareOfCore();
  const keeper = new WakeKeeper(true);
  keeper.enter();
  keeper.enter();
  const busy = await shareOfCore();
  keeper.leave();
  keeper.leave();
  await sleep(5);
  const after = await shareOfCore();
  expect(busy).toBeGreaterThan(idle + 0.2);
  expect(after).toBeLessThan(busy / 2);
});

test('without it a few requests cost next to nothing', async () => {
  const keeper = new WakeKeeper(false);
  keeper.enter();
  const share = await shareOfCore();
  keeper.leave();
  expect(share).toBeLessThan(0.5);
});
