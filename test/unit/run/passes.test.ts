import { expect, test } from 'vitest';

import type { CellPlan } from '../../../src/contract/plan.ts';
import { orderPasses, requestsOf } from '../../../src/run/passes.ts';

const cells = [1, 100].map((promptTokens): CellPlan => ({
  id: `p${promptTokens}`,
  kind: 'speed',
  promptTokens,
  outputTokens: 4,
  parallel: 1,
  arrival: null,
  requests: 1,
  warmupRequests: 1,
}));

const told = (passes: ReturnType<typeof orderPasses>): string[] =>
  passes.map((pass) => `${pass.index} ${pass.cell.id} ${pass.phase} ${pass.repetition}/${pass.repetitions}`);

test('with repetitions each cell is warmed up and measured before the next', () => {
  expect(told(orderPasses(cells, { repetitions: 2, requests: null, warmups: 1, clientThreads: 1 }))).toEqual([
    '0 p1 warmup 1/1',
    '1 p1 measured 1/2',
    '2 p1 measured 2/2',
    '3 p100 warmup 1/1',
    '4 p100 measured 1/2',
    '5 p100 measured 2/2',
  ]);
});

test('a number of requests is dealt in turn', () => {
  expect(told(orderPasses(cells, { repetitions: null, requests: 3, warmups: 0, clientThreads: 1 }))).toEqual([
    '0 p1 measured 1/2',
    '1 p100 measured 1/1',
    '2 p1 measured 2/2',
  ]);
});

test('a load cell is one warm-up pass and its measured ones, of many requests each', () => {
  const load = [2, 8].map((parallel): CellPlan => ({
    id: `c${parallel}`,
    kind: 'load',
    promptTokens: null,
    outputTokens: 4,
    parallel,
    arrival: null,
    requests: 10 * parallel,
    warmupRequests: parallel,
  }));
  const passes = orderPasses(load, { repetitions: 2, requests: null, warmups: 1, clientThreads: 1 });
  expect(passes.map((pass) => [pass.cell.id, pass.phase, pass.requests, pass.firstRequest])).toEqual([
    ['c2', 'warmup', 2, 0],
    ['c2', 'measured', 20, 2],
    ['c2', 'measured', 20, 22],
    ['c8', 'warmup', 8, 42],
    ['c8', 'measured', 80, 50],
    ['c8', 'measured', 80, 130],
  ]);
  expect(requestsOf(passes)).toBe(210);
});
