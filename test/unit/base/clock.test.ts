import { expect, test } from 'vitest';

import { startRunClock } from '../../../src/base/clock.ts';

test('a run clock agrees with CLOCK_MONOTONIC to a few microseconds', () => {
  const clock = startRunClock();
  const errorsNs: number[] = [];
  for (let read = 0; read < 1000; read++) {
    const before = process.hrtime.bigint();
    const nowNs = clock.nowNs();
    const after = process.hrtime.bigint();
    errorsNs.push(Math.abs(nowNs - Number((before + after) / 2n - clock.originNs)));
  }
  errorsNs.sort((a, b) => a - b);
  expect(errorsNs[500]).toBeLessThan(5000);
});

test('two clocks of one origin tell the same time', () => {
  const first = startRunClock();
  const second = startRunClock(first.originNs);
  expect(Math.abs(second.nowNs() - first.nowNs())).toBeLessThan(1e6);
});
