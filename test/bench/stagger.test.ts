import path from 'node:path';
import { expect, test } from 'vitest';
import { rampMs } from '../../src/traffic/loop/ramp.ts';

interface Workload {
  readonly parallel: number;
  readonly requests: number;
  readonly tokens: number;
  readonly ttftUs: number;
  readonly itlUs: number;
}

const bench = path.join(import.meta.dirname, '..', '..', 'bench');
const { staggerUs } = (await import(path.join(bench, 'contestants', 'stagger.js'))) as {
  staggerUs(workload: Workload, requests: number): number;
};
const { workloads } = (await import(path.join(bench, 'workloads.js'))) as { workloads: Record<string, Workload> };

test('the clients of the benchmark start their streams as a closed loop does', () => {
  const closed = Object.values(workloads).filter((workload) => workload.parallel > 1);
  expect(closed.length).toBeGreaterThan(2);
  for (const workload of closed) {
    const { parallel, requests, tokens, ttftUs, itlUs } = workload;
    const latencyMs = (ttftUs + (tokens - 1) * itlUs) / 1000;
    expect(staggerUs(workload, requests)).toBeCloseTo((1000 * rampMs({ parallel, requests, latencyMs })) / parallel, 6);
  }
});
