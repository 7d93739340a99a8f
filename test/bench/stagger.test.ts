import { expect, test } from 'vitest';
import { staggerUs } from '../../bench/contestants/stagger.js';
import { workloads } from '../../bench/workloads.js';
import { rampMs } from '../../src/traffic/loop/ramp.ts';

test('the clients of the benchmark start their streams as a closed loop does', () => {
  const closed = Object.values(workloads).filter((workload) => workload.parallel > 1);
  expect(closed.length).toBeGreaterThan(2);
  for (const workload of closed) {
    const { parallel, requests, tokens, ttftUs, itlUs } = workload;
    const latencyMs = (ttftUs + (tokens - 1) * itlUs) / 1000;
    expect(staggerUs(workload, requests)).toBeCloseTo((1000 * rampMs({ parallel, requests, latencyMs })) / parallel, 6);
  }
});
