import { expect, test } from 'vitest';

import { TokometerError } from '../../../src/base/errors.ts';
import type { RunPlan } from '../../../src/contract/plan.ts';
import { cellSchema } from '../../../src/contract/schema/plan.ts';
import { plan, planFromSources } from '../../../src/plan/plan.ts';

async function planOf(flags: Record<string, unknown>): Promise<RunPlan> {
  return (await planFromSources({ flags: { model: 'q', prompt: 'hi', ...flags } })).plan;
}

async function problemOf(flags: Record<string, unknown>): Promise<string> {
  try {
    await planOf(flags);
  } catch (error) {
    if (error instanceof TokometerError) return `${error.exitCode} ${error.message} ${error.hint ?? ''}`;
    throw error;
  }
  return 'no problem';
}

const points = ({ cells }: RunPlan): unknown =>
  cells.map(({ id, requests, warmupRequests }) => [id, requests, warmupRequests]);

test('a rate is a cell of an open loop', async () => {
  const made = await planOf({ rate: '20', 'max-tokens': '128' });
  expect(made.cells).toEqual([
    {
      id: 'r20-n600-g128',
      kind: 'load',
      promptTokens: null,
      outputTokens: 128,
      parallel: null,
      arrival: { kind: 'poisson', requestsPerSecond: 20 },
      requests: 600,
      warmupRequests: 40,
    },
  ]);
  expect(made.traffic).toMatchObject({ repetitions: 1, requests: null, warmups: 1 });
});

test('several rates are several rows; unset numbers are 30 s of arrivals, 100 at least, and 2 s of them warm up', async () => {
  const rate = ['0.3', '2.5', '80'];
  const flags = { rate, arrival: 'constant', 'open-loop': true, 'max-tokens': '8' };
  expect(points(await planOf(flags))).toEqual([
    ['r0.3-n100-g8', 100, 1],
    ['r2.5-n100-g8', 100, 5],
    ['r80-n2400-g8', 2400, 160],
  ]);
  expect(points(await planOf({ ...flags, number: '10' }))).toMatchObject([
    ['r0.3-n10-g8', 10, 1],
    ['r2.5-n10-g8', 10, 5],
    ['r80-n10-g8', 10, 10],
  ]);
  const made = await planOf({ ...flags, number: ['1', '2', '3'], 'warmup-num': '0' });
  expect(made.cells.map((cell) => cell.requests)).toEqual([1, 2, 3]);
  expect(made.traffic.warmups).toBe(0);
  expect(made.cells[0]?.arrival).toEqual({ kind: 'constant', requestsPerSecond: 0.3 });
});

test.each(['-1', ['-1']])("--rate %j is none, as EvalScope's default", async (rate) => {
  const { cells } = await planOf({ rate, parallel: '4' });
  expect(cells).toMatchObject([{ id: 'c4-n100-g2048', parallel: 4, arrival: null }]);
  expect(plan({ model: 'q', rates: [-1] }).cells[0]?.arrival).toBeNull();
});

test.each([
  [{ rate: '0' }, /--rate needs a number above 0, got "0"/],
  [{ rate: ['-1', '5'] }, /--rate needs a number above 0, got "-1"/],
  [{ rate: 'fast' }, /--rate needs a number above 0, got "fast"/],
  [{ rate: ['1', '2'], number: ['1', '2', '3'] }, /--rate has 2 values \(1 2\) and --number 3 values \(1 2 3\)/],
  [{ rate: ['5', '5'] }, /--rate 5 with --number 150 is there twice --repetitions/],
  [{ rate: '5', parallel: '8' }, /--rate 5 and --parallel 8: an open loop has no cap on requests in flight/],
  [{ rate: '5', api: 'local_llama' }, /--rate 5: the embedded llama.cpp answers one request at a time/],
  [{ rate: '5', api: 'local' }, /--rate 5: Transformers generates one request at a time/],
  [{ 'open-loop': true }, /--open-loop needs the rate at which requests arrive such as --rate 20/],
  [{ arrival: 'constant' }, /--arrival constant is how requests of a --rate arrive, and there is none/],
  [{ rate: '5', arrival: 'burst' }, /--arrival must be one of poisson, constant, got "burst"/],
])('%j is refused with its reason', async (flags, reason) => {
  expect(await problemOf(flags)).toMatch(reason);
});

test('a speed dataset has no rate', () => {
  expect(() => plan({ model: 'q', rates: [5] })).toThrow(/--rate 5: a speed dataset measures the standard speed/);
});

test('a plan file from before open loops reads as a closed loop', () => {
  const { arrival: _, ...old } = plan({ model: 'q', prompt: 'hi', parallel: [4] }).cells[0] ?? { arrival: null };
  expect(cellSchema.parse(old)).toMatchObject({ parallel: 4, arrival: null });
});
