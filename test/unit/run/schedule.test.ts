import { expect, test } from 'vitest';

import { seededRandom } from '../../../src/base/random.ts';
import type { CellPlan, TrafficPlan } from '../../../src/contract/plan.ts';
import type { Pass, PassResult } from '../../../src/run/passes.ts';
import { ProtocolLog } from '../../../src/run/protocol-log.ts';
import { Schedule } from '../../../src/run/schedule.ts';
import { threeRepetitions } from '../../support/traffic-plan.ts';

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

const fixed: TrafficPlan = { ...threeRepetitions, repetitions: 2 };

/** Runs a schedule on a clock that each pass moves on by its time for 100 tokens, in ms. */
function play(traffic: Partial<TrafficPlan>, timeOf: (pass: Pass, place: number) => number | null, given = cells) {
  let nowMs = 0;
  const log = new ProtocolLog();
  const steps = new Schedule({
    cells: given,
    traffic: { ...fixed, ...traffic },
    nowMs: () => nowMs,
    log,
  }).steps();
  const passes: Pass[] = [];
  let next = steps.next();
  while (next.done !== true) {
    const step = next.value;
    let result: PassResult | undefined;
    if (step.kind === 'start') {
      log.start({ execution: step.execution, readyMs: 5, cells: step.cells });
    } else {
      const ms = timeOf(step.pass, passes.length);
      passes.push(step.pass);
      nowMs += ms ?? 1;
      result = {
        work: ms === null ? null : { amount: 100, time: ms / 1e3 },
        tokenMs: ms === null ? null : ms / 100,
        durationMs: ms ?? 1,
        latencyMs: ms,
      };
    }
    next = steps.next(result);
  }
  const told = passes.map(
    (pass) =>
      `${pass.execution} ${pass.cell.id} ${pass.phase} ${pass.repetition}/${pass.repetitions}${pass.isOpen ? ' open' : ''}`,
  );
  return { passes, told, facts: log.facts(), nowMs };
}

const measuredOf = (passes: readonly Pass[], cell: string): number =>
  passes.filter((pass) => pass.phase === 'measured' && pass.cell.id === cell).length;

test('with repetitions each cell is warmed up and measured before the next', () => {
  const { told, passes, facts } = play({}, () => 100);
  expect(told).toEqual([
    '1 p1 warmup 1/1',
    '1 p1 measured 1/2',
    '1 p1 measured 2/2',
    '1 p100 warmup 1/1',
    '1 p100 measured 1/2',
    '1 p100 measured 2/2',
  ]);
  expect(passes.map(({ index, firstRequest }) => [index, firstRequest])).toEqual([0, 1, 2, 3, 4, 5].map((n) => [n, n]));
  expect(passes.map(({ ahead }) => ahead.reduce((sum, one) => sum + one.warmups + one.measured, 0))).toEqual([
    6, 5, 4, 3, 2, 1,
  ]);
  expect(passes.map(({ latencyMs }) => latencyMs)).toEqual([null, 100, 100, null, 100, 100]);
  expect(facts.isDone).toBe(true);
  expect(facts.stops).toEqual(cells.map(({ id }) => ({ cell: id, reason: 'repetitions', halfWidth: null })));
});

test('a number of requests is dealt in turn', () => {
  const { told } = play({ repetitions: null, requests: 3, warmups: 0 }, () => 100);
  expect(told).toEqual(['1 p1 measured 1/2', '1 p100 measured 1/1', '1 p1 measured 2/2']);
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
  const { passes } = play({}, () => 100, load);
  expect(passes.map((pass) => [pass.cell.id, pass.phase, pass.requests, pass.firstRequest])).toEqual([
    ['c2', 'warmup', 2, 0],
    ['c2', 'measured', 20, 2],
    ['c2', 'measured', 20, 22],
    ['c8', 'warmup', 8, 42],
    ['c8', 'measured', 80, 50],
    ['c8', 'measured', 80, 130],
  ]);
});

test('a cell is warmed up until its passes agree, and a drifting one is flagged with its times', () => {
  const cold = [300, 150, 101, 100, 100.5];
  const drifting = [500, 450, 400, 350, 300, 250, 200];
  const { told, facts } = play({ warmups: 5, untilSteady: true, repetitions: 1 }, ({ cell, phase, repetition }) =>
    phase === 'measured' ? 100 : ((cell.id === 'p1' ? cold : drifting)[repetition - 1] ?? null),
  );
  expect(told.filter((one) => one.includes('p1 warmup'))).toHaveLength(5);
  expect(facts.warmups).toMatchObject([
    { cell: 'p1', passes: 5, steady: true, reason: 'agreement', timesMs: [3, 1.5, 1.01, 1, 1.005] },
    { cell: 'p100', passes: 5, steady: false, reason: 'most-passes', timesMs: [5, 4.5, 4, 3.5, 3] },
  ]);
  expect(facts.warmups[1]?.spread).toBeCloseTo(1 / 3, 10);
});

test('a precision ends each cell by itself, in turn, and no cell before five repetitions', () => {
  const random = seededRandom('precision');
  const scatter = { p1: 0.001, p100: 0.04 };
  const { passes, facts, told } = play({ warmups: 0, repetitions: 1000, precision: 0.02 }, ({ cell }) => {
    const share = scatter[cell.id === 'p1' ? 'p1' : 'p100'];
    return 100 * (1 + share * (2 * random.nextFloat() - 1));
  });
  expect(measuredOf(passes, 'p1')).toBe(5);
  expect(measuredOf(passes, 'p100')).toBeGreaterThan(5);
  expect(told.slice(0, 4)).toEqual([1, 1, 2, 2].map((n, i) => `1 p${i % 2 === 0 ? 1 : 100} measured ${n}/1000 open`));
  for (const { reason, halfWidth } of facts.stops) {
    expect(reason).toBe('precision');
    expect(halfWidth).toBeLessThanOrEqual(0.02);
  }
});

test('a precision that is never met ends at the most repetitions, with what was reached', () => {
  const { passes, facts } = play({ warmups: 0, repetitions: 10, precision: 0.0001 }, (_, place) => 100 + (place % 7));
  expect(measuredOf(passes, 'p1')).toBe(10);
  expect(facts.stops[0]).toMatchObject({ cell: 'p1', reason: 'most' });
  expect(facts.stops[0]?.halfWidth).toBeGreaterThan(0.0001);
});

test('a time budget is dealt over the cells, and no pass begins that would not end in time', () => {
  const slowness = { p1: 100, p100: 700 };
  const timeOf = ({ cell }: Pass): number => slowness[cell.id === 'p1' ? 'p1' : 'p100'];
  const { passes, facts, nowMs } = play({ warmups: 0, repetitions: 1000, timeBudgetMs: 4500 }, timeOf);
  expect(nowMs).toBeLessThanOrEqual(4500);
  // The long cell has no room for a seventh; the short one takes what is left.
  expect([measuredOf(passes, 'p1'), measuredOf(passes, 'p100')]).toEqual([10, 5]);
  expect(facts.stops.map(({ reason }) => reason)).toEqual(['time-budget', 'time-budget']);
});

test('a time that is over before it begins leaves one pass of each cell', () => {
  const { passes } = play({ warmups: 5, untilSteady: true, repetitions: 1000, timeBudgetMs: 1 }, () => 100);
  expect(passes.map(({ cell, phase }) => `${cell.id} ${phase}`)).toEqual([
    'p1 warmup',
    'p100 warmup',
    'p1 measured',
    'p100 measured',
  ]);
});

test('cells that only fail end after three, whatever time there is', () => {
  const { passes, facts } = play({ warmups: 5, untilSteady: true, repetitions: 1000, timeBudgetMs: 1e9 }, () => null);
  expect(passes.filter(({ phase }) => phase === 'warmup')).toHaveLength(2);
  expect(measuredOf(passes, 'p1')).toBe(3);
  expect(facts.warmups[0]).toMatchObject({ steady: false, reason: 'failed' });
  expect(facts.stops.map(({ reason }) => reason)).toEqual(['failing', 'failing']);
});

test('each execution measures all cells, and begins one later', () => {
  const { told, facts } = play({ executions: 3, warmups: 1, repetitions: 1 }, () => 100);
  expect(told.filter((one) => one.includes('measured'))).toEqual([
    '1 p1 measured 1/1',
    '1 p100 measured 1/1',
    '2 p100 measured 1/1',
    '2 p1 measured 1/1',
    '3 p1 measured 1/1',
    '3 p100 measured 1/1',
  ]);
  expect(facts.starts.map(({ execution }) => execution)).toEqual([1, 2, 3]);
  expect(facts.warmups.map(({ cell, execution }) => `${execution} ${cell}`)).toEqual([
    '1 p1',
    '1 p100',
    '2 p100',
    '2 p1',
    '3 p1',
    '3 p100',
  ]);
});

test('with a precision executions go on until their means agree', () => {
  const lives = [100, 101, 100.5, 100.2, 100.8];
  const { facts, passes } = play(
    { executions: 20, warmups: 0, repetitions: 2, precision: 0.02 },
    ({ execution }) => lives[(execution - 1) % lives.length] ?? 100,
  );
  expect(facts.starts).toHaveLength(5);
  expect(measuredOf(passes, 'p1')).toBe(10);
  expect(facts.stops.map(({ reason }) => reason)).toEqual(['precision', 'precision']);
});

test('an execution that would not end in time does not begin', () => {
  const { facts, nowMs } = play({ executions: 20, warmups: 0, repetitions: 1, timeBudgetMs: 1000 }, () => 150);
  expect(facts.starts).toHaveLength(3);
  expect(nowMs).toBe(900);
  expect(facts.stops.map(({ reason }) => reason)).toEqual(['time-budget', 'time-budget']);
});
