import { describe, expect, test } from 'vitest';

import type { Calibration } from '../../../src/contract/calibration.ts';
import type { CellPlan } from '../../../src/contract/plan.ts';
import type { RequestRecord } from '../../../src/contract/record.ts';
import type { Summary } from '../../../src/contract/summary.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import { scriptedCalibration as calibration } from '../../support/calibration.ts';
import { engine, environment, plan, runOf, type Script, scriptedRecord } from './scripted-run.ts';

interface Parts {
  readonly roundTripMs?: number | null;
  readonly calibration?: Calibration | null;
  readonly url?: string | null;
}

function speedRun(script: Script, parts: Parts = {}): Summary {
  const records = [0, 1, 2].map((place) =>
    scriptedRecord({ sentMs: 1000 * (place + 1), ...script }, { id: place, repetition: place + 1 }),
  );
  return summarize(runOf(records, rest(parts)));
}

const load: CellPlan = {
  id: 'c100',
  kind: 'load',
  promptTokens: null,
  outputTokens: 11,
  parallel: 100,
  arrival: null,
  requests: 100,
  warmupRequests: 0,
};

/** 100 answers of 11 tokens at once. */
function loadRun(script: Script, change: Partial<CellPlan> = {}, fields: Partial<RequestRecord> = {}): Summary {
  const cells = [{ ...load, ...change }];
  const records = Array.from({ length: 100 }, (_, id) =>
    scriptedRecord(script, { id, cell: load.id, requestedPromptTokens: null, ...fields, shard: fields.shard ?? 0 }),
  );
  const loadPlan = { ...plan, traffic: { ...plan.traffic, repetitions: 1 }, cells };
  return summarize(runOf(records, { plan: loadPlan, cells, ...rest({}) }));
}

function rest({ roundTripMs = 0.1, calibration: given = calibration, url = engine.url }: Parts) {
  return { calibration: given, engine: { ...engine, url, cache: 'off' as const, roundTripMs } };
}

const adviceIds = ({ advice }: Summary): string[] => advice.map(({ id }) => id);

describe('what limits a row', () => {
  test('a slow server is told by itself, with the shares behind it', () => {
    const summary = speedRun({ ttftMs: 50, itlMs: 10 });
    expect(summary.rows[0]?.bound).toEqual({
      by: 'server',
      because: [],
      ttftShare: expect.closeTo(0.01, 9),
      gapShare: expect.closeTo(0.005, 9),
      rateShare: expect.closeTo(100 / 200_000, 9),
      roundTripMs: 0.1,
      roundTripShare: 0,
    });
    expect(summary.calibration).toEqual({ takenAt: calibration.takenAt, misfit: null });
    expect(adviceIds(summary)).not.toContain('client-bound');
  });

  test.each<[string, Script, readonly string[]]>([
    ['a TTFT just within 5 %', { ttftMs: 10.1, itlMs: 10 }, []],
    ['a TTFT just beyond', { ttftMs: 9.9, itlMs: 10 }, ['ttft']],
    ['a gap just within 5 %', { ttftMs: 50, itlMs: 1.01 }, []],
    ['a gap just beyond', { ttftMs: 50, itlMs: 0.99 }, ['gap']],
    ['both', { ttftMs: 2, itlMs: 0.5 }, ['ttft', 'gap']],
  ])('%s', (_, script, because) => {
    expect(speedRun(script).rows[0]?.bound).toMatchObject({ by: because.length > 0 ? 'client' : 'server', because });
  });

  test('a load is judged by the stamps of many streams', () => {
    expect(loadRun({ ttftMs: 50, itlMs: 5 }).rows[0]?.bound).toMatchObject({
      by: 'server',
      gapShare: expect.closeTo(0.04, 3),
    });
    expect(loadRun({ ttftMs: 50, itlMs: 3 }).rows[0]?.bound).toMatchObject({ by: 'client', because: ['gap'] });
    const alone = loadRun({ ttftMs: 50, itlMs: 5 }, { parallel: 1 }).rows[0]?.bound;
    expect(alone?.gapShare).toBeCloseTo(0.01, 3);
  });

  test('a token rate near the highest one is the client; two threads take twice as much', () => {
    const busy: Calibration = { ...calibration, highestRate: { ...calibration.highestRate, tokensPerSecond: 12_000 } };
    const of = (shard: (id: number) => number): Summary => {
      const records = Array.from({ length: 100 }, (_, id) =>
        scriptedRecord({ ttftMs: 50, itlMs: 6 }, { id, cell: load.id, requestedPromptTokens: null, shard: shard(id) }),
      );
      const loadPlan = { ...plan, traffic: { ...plan.traffic, repetitions: 1 }, cells: [load] };
      return summarize(runOf(records, { plan: loadPlan, cells: [load], ...rest({ calibration: busy }) }));
    };
    // 1,100 tokens in 50 + 11 x 6 ms.
    const rate = 1100 / 0.116;
    const [one, two] = [of(() => 0).rows[0]?.bound, of((id) => 1 + (id % 2)).rows[0]?.bound];
    expect(one).toMatchObject({ by: 'client', because: ['rate'], rateShare: expect.closeTo(rate / 12_000, 6) });
    expect(two).toMatchObject({ by: 'server', rateShare: expect.closeTo(rate / 24_000, 6) });
  });

  test('requests that were sent late are the client, and have the advice of their own', () => {
    const late = loadRun(
      { sentMs: 1010, ttftMs: 50, itlMs: 10 },
      { parallel: null, arrival: { kind: 'constant', requestsPerSecond: 100 } },
      { dueNs: 1000e6 },
    );
    expect(late.rows[0]?.bound).toMatchObject({ by: 'client', because: ['late'] });
    expect(adviceIds(late)).toContain('client-late');
    expect(adviceIds(late)).not.toContain('client-bound');
  });

  test('the network is told apart from the client by the round trip beyond this machine', () => {
    const far = speedRun({ ttftMs: 50, itlMs: 10 }, { roundTripMs: 12.1 });
    expect(far.rows[0]?.bound).toMatchObject({
      by: 'path',
      because: ['round-trip'],
      roundTripMs: 12.1,
      roundTripShare: expect.closeTo(0.24, 6),
    });
    const advice = far.advice.find(({ id }) => id === 'path-bound');
    expect(advice).toMatchObject({
      text: 'Path-bound: a round trip to the server takes 12.1 ms, 24 % of the time to first token in the row with 100 prompt tokens.',
      rows: ['p100'],
    });
    expect(speedRun({ ttftMs: 50, itlMs: 10 }, { roundTripMs: 5 }).rows[0]?.bound?.by).toBe('server');
    // A client that is too slow for its server says nothing of the network.
    expect(speedRun({ ttftMs: 8, itlMs: 10 }, { roundTripMs: 4 }).rows[0]?.bound?.by).toBe('client');
    expect(speedRun({ ttftMs: 50, itlMs: 10 }, { roundTripMs: null }).rows[0]?.bound).toMatchObject({
      by: 'server',
      roundTripMs: null,
      roundTripShare: null,
    });
  });

  test('advice names the parts that are large', () => {
    const advice = speedRun({ ttftMs: 2, itlMs: 0.5 }).advice.find(({ id }) => id === 'client-bound');
    expect(advice?.text).toBe(
      "Client-bound: the client's own part is large in the row with 100 prompt tokens, up to 25 % of the time to first token, " +
        'up to 10 % of a gap between tokens.',
    );
    expect(advice?.hint).toContain('--client-threads');
  });
});

describe('rows that are not judged', () => {
  test('without a calibration, without a socket, and without an answer', () => {
    const without = speedRun({}, { calibration: null });
    expect([without.rows[0]?.bound, without.calibration]).toEqual([null, null]);
    const inProcess = speedRun({}, { url: null });
    expect([inProcess.rows[0]?.bound, inProcess.calibration]).toEqual([null, null]);
    const empty = summarize(runOf([], rest({})));
    expect(empty.rows[0]?.bound).toBeNull();
  });

  test.each([
    [
      'another CPU',
      { hostCpu: 'Another CPU' },
      'the CPU is another one since the calibration (Another CPU then, Example CPU 2.5 GHz now)',
    ],
    ['other cores', { cores: 4 }, 'the number of cores is another one since the calibration (4 then, 2 now)'],
    ['another Node', { node: 'v22.1.0' }, 'Node is another one since the calibration (22 then, 20 now)'],
    [
      'another version',
      { tokometer: '0.0.9' },
      'Tokometer is another one since the calibration (0.0.9 then, 0.1.0 now)',
    ],
  ])('%s: the calibration is not used, and says why', (_, change, misfit) => {
    const summary = speedRun({}, { calibration: { ...calibration, ...change } });
    expect(summary.rows[0]?.bound).toBeNull();
    expect(summary.calibration).toEqual({ takenAt: calibration.takenAt, misfit });
  });

  test('nothing is known of the machine', () => {
    const run = runOf([scriptedRecord()], { ...rest({}), environment: null });
    expect(summarize(run).calibration?.misfit).toBe('nothing is known of the machine of this run');
    expect(environment.cores).toBe(calibration.cores);
  });
});
