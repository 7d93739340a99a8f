import { expect, test } from 'vitest';

import type { ArrivalPlan, CellPlan } from '../../../src/contract/plan.ts';
import type { Pass } from '../../../src/run/passes.ts';
import { dueTimes } from '../../../src/run/send-pass.ts';

const poisson: ArrivalPlan = { kind: 'poisson', requestsPerSecond: 100 };

function timesOf(
  change: { id?: string; execution?: number; repetition?: number; phase?: Pass['phase']; seed?: number } = {},
  n = 50,
) {
  const { id = 'r100-n200-g4', execution = 1, repetition = 1, phase = 'measured', seed = 42 } = change;
  const cell: CellPlan = {
    id,
    kind: 'load',
    promptTokens: null,
    outputTokens: 4,
    parallel: null,
    arrival: poisson,
    requests: 200,
    warmupRequests: 2,
  };
  const times = dueTimes(poisson, { cell, phase, execution, repetition }, seed);
  return Array.from({ length: n }, () => times.next().value);
}

test('due times are the same each time that they are asked for', () => {
  expect(timesOf()).toEqual(timesOf());
  expect(timesOf({}, 200).slice(0, 50)).toEqual(timesOf());
});

test.each([{ id: 'r99-n200-g4' }, { repetition: 2 }, { execution: 2 }, { phase: 'warmup' as const }, { seed: 43 }])(
  'another one has others: %j',
  (change) => {
    expect(timesOf(change)).not.toEqual(timesOf());
  },
);
