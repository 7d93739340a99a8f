import { expect, test } from 'vitest';

import { TokometerError } from '../../../src/base/errors.ts';
import { planSchema } from '../../../src/contract/schema/plan.ts';
import type { SloLimit } from '../../../src/contract/plan.ts';
import { plan, planFromSources } from '../../../src/plan/plan.ts';

const load = { model: 'q', prompt: 'hi' };

async function sloOf(slo: unknown): Promise<readonly SloLimit[]> {
  return (await planFromSources({ flags: { ...load, slo } })).plan.slo;
}

async function problemOf(flags: Record<string, unknown>): Promise<string> {
  try {
    await planFromSources({ flags: { ...load, ...flags } });
  } catch (error) {
    if (error instanceof TokometerError) return `${error.exitCode} ${error.message} ${error.hint ?? ''}`;
    throw error;
  }
  return 'no problem';
}

const three: readonly SloLimit[] = [
  { metric: 'ttft', operator: '<=', limitMs: 500 },
  { metric: 'tpot', operator: '<', limitMs: 50 },
  { metric: 'latency', operator: '<=', limitMs: 10_000 },
];

test.each([
  [['ttft<=500ms', 'tpot<50ms', 'latency<=10s']],
  ['ttft<=500ms,tpot<50ms,latency<=10s'],
  [['TTFT <= 0.5s', ' tpot < 50 ms ', 'Latency<=10000ms']],
  [three],
])('%j is three limits in ms', async (given) => {
  expect(await sloOf(given)).toEqual(three);
});

test('nothing is asked when nobody says, and of plans of earlier versions', async () => {
  const made = (await planFromSources({ flags: load })).plan;
  expect(made.slo).toEqual([]);
  const { slo: _, ...earlier } = made;
  expect(planSchema.parse(earlier).slo).toEqual([]);
});

test('a config file and the library take the same', async () => {
  const file = { ...load, slo: ['ttft<=500ms'] };
  expect((await planFromSources({ flags: {}, file })).plan.slo).toEqual(three.slice(0, 1));
  expect(plan({ ...load, slo: three }).slo).toEqual(three);
});

test.each([
  ['tftt<=500ms', '--slo has limits on ttft, tpot or latency, got "tftt<=500ms": did you mean ttft?'],
  [
    'itl<=5ms',
    '--slo has limits on ttft, tpot or latency, got "itl<=5ms": a request has many gaps, and tpot is their mean',
  ],
  ['e2el<=5s', '--slo has limits on ttft, tpot or latency, got "e2el<=5s": did you mean latency?'],
  ['throughput<=5s', '--slo has limits on ttft, tpot or latency, got "throughput<=5s"'],
  ['ttft<=500', '--slo needs a limit above 0 in ms or s, such as ttft<=500ms, got "ttft<=500"'],
  ['ttft<=5min', '--slo needs a limit above 0 in ms or s, such as ttft<=500ms, got "ttft<=5min"'],
  ['ttft<=0ms', '--slo needs a limit above 0 in ms or s, such as ttft<=500ms, got "ttft<=0ms"'],
  ['ttft>=500ms', '--slo needs <= or < between a time and its limit, such as ttft<=500ms, got "ttft>=500ms"'],
  ['ttft:500', '--slo needs <= or < between a time and its limit, such as ttft<=500ms, got "ttft:500"'],
  ['fast', '--slo needs limits such as ttft<=500ms, got "fast"'],
  ['ttft<=500ms,ttft<1s', '--slo has two limits of ttft: give one'],
  ['', '--slo needs a limit such as ttft<=500ms'],
])('%s is refused in one sentence', async (slo, problem) => {
  expect((await problemOf({ slo })).trim()).toBe(`2 ${problem}`);
});

test('a speed dataset has no load to judge', async () => {
  expect(await problemOf({ prompt: undefined, slo: 'ttft<=1s' })).toMatch(
    /^2 --slo judges the requests of a load, .* --prompt TEXT measures a load$/,
  );
});
