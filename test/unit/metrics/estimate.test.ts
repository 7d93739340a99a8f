import { describe, expect, test } from 'vitest';

import { seededRandom } from '../../../src/base/random.ts';
import { summarySchema } from '../../../src/contract/schema/summary.ts';
import type { CellPlan } from '../../../src/contract/plan.ts';
import type { RequestRecord } from '../../../src/contract/record.ts';
import type { Summary } from '../../../src/contract/summary.ts';
import { compareSummaries } from '../../../src/metrics/comparison/compare-summaries.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import { threeRepetitions } from '../../support/traffic-plan.ts';
import { undescribedNumbers } from '../../support/undescribed-numbers.ts';
import { cell, plan, runOf, scriptedRecord } from './scripted-run.ts';

const cellOf = (promptTokens: number, outputTokens: number): CellPlan => ({
  ...cell,
  id: `p${promptTokens}-g${outputTokens}`,
  promptTokens,
  outputTokens,
});

const lengths = [1, 512, 2048];
const full = lengths.map((promptTokens) => cellOf(promptTokens, 512));
const probes = [1, 512, 1024, 2048].map((promptTokens) => cellOf(promptTokens, 40));

/** Milliseconds to the first token, and of the token with this context. */
const prefillMs = (promptTokens: number): number => 8 + 0.2 * promptTokens + 3e-5 * promptTokens ** 2;
const tokenMs = (context: number): number => 12 + 0.002 * context;

/** A request that follows both laws; `factor` is how much slower it is. */
function recordOf(one: CellPlan, id: number, factor = 1, startMs = 0): RequestRecord {
  const { promptTokens, outputTokens } = one;
  const prompt = promptTokens ?? 0;
  let ms = prefillMs(prompt) * factor;
  const stamps = [ms];
  for (let made = 1; made < outputTokens; made++) {
    stamps.push((ms += tokenMs(prompt + made) * factor + (made === 1 ? startMs : 0)));
  }
  const sentMs = 1000 + id * 100_000;
  return scriptedRecord(
    { sentMs, tokens: outputTokens },
    {
      id,
      cell: one.id,
      repetition: 1 + Math.floor(id / probes.length),
      chunkNs: Float64Array.from(stamps, (stamp) => (sentMs + stamp) * 1e6),
      endNs: (sentMs + ms) * 1e6,
      promptTokens,
      requestedPromptTokens: promptTokens,
    },
  );
}

function estimated(records: readonly RequestRecord[], cells = probes): Summary {
  return summarize(
    runOf(records, {
      cells,
      plan: {
        ...plan,
        cells,
        traffic: { ...threeRepetitions, repetitions: null, requests: 2 * cells.length, warmups: 0 },
        estimate: { cells: full, repetitions: 3, warmups: 1 },
      },
    }),
  );
}

const twice = [...probes, ...probes];
const exact = estimated(twice.map((one, id) => recordOf(one, id)));

describe('an estimate', () => {
  test('of requests that follow the laws has the values of the full run', () => {
    const rows = exact.estimate?.rows ?? [];
    expect(rows.map((row) => row.promptTokens)).toEqual(lengths);
    for (const row of rows) {
      const record = recordOf(cellOf(row.promptTokens, row.outputTokens), 0);
      const ttftMs = prefillMs(row.promptTokens);
      const latencyMs = ((record.chunkNs.at(-1) ?? 0) - record.sentNs) / 1e6;
      const value = (id: string): number => row.values[id]?.value ?? NaN;
      expect(value('ttft') / ttftMs).toBeCloseTo(1, 6);
      expect(value('latency') / latencyMs).toBeCloseTo(1, 6);
      expect(value('decode_speed') / (511_000 / (latencyMs - ttftMs))).toBeCloseTo(1, 6);
      expect(value('generated_speed') / (512_000 / latencyMs)).toBeCloseTo(1, 6);
      expect(value('total_speed') / ((512_000 + 1000 * row.promptTokens) / latencyMs)).toBeCloseTo(1, 6);
      expect(value('prefill_speed') / ((1000 * row.promptTokens) / ttftMs)).toBeCloseTo(1, 6);
      expect(value('tpot') * value('decode_speed')).toBeCloseTo(1000, 6);
    }
    // One start with 4 passes of each row.
    const latencies = rows.map((row) => row.values['latency']?.value ?? NaN);
    expect(exact.estimate?.fullTime.value).toBeCloseTo(4 * latencies.reduce((sum, one) => sum + one, 0), 6);
  });

  test('tells its laws, and its interval has the assumed 2 % between runs even without scatter', () => {
    const [prefill, decode] = exact.estimate?.laws ?? [];
    expect(prefill?.parameters.map(({ value }) => value)).toEqual(
      [8, 0.2, 3e-5].map((parameter) => expect.closeTo(parameter, 8)),
    );
    expect(decode?.parameters.map(({ value }) => value)).toEqual([12, 0.002, 0].map((one) => expect.closeTo(one, 8)));
    const latency = exact.estimate?.rows[0]?.values['latency'];
    const half = Math.log((latency?.interval?.high ?? NaN) / (latency?.value ?? NaN));
    expect(half).toBeCloseTo(1.96 * 0.02, 4);
    expect(latency?.interval?.method).toMatch(/^prediction interval/);
    expect(latency?.method).toBe('predicted mean of 3 passes');
  });

  test('a slow first step of a generation counts once a request, however long it is', () => {
    const startMs = 40;
    const summary = estimated(twice.map((one, id) => recordOf(one, id, 1, startMs)));
    expect(summary.estimate?.laws[1]?.parameters[2]).toMatchObject({
      id: 'decode_start',
      value: expect.closeTo(startMs, 6),
    });
    const latenciesMs = full.map((one) => {
      const { sentNs, endNs } = recordOf(one, 0, 1, startMs);
      return (endNs - sentNs) / 1e6;
    });
    for (const [place, latencyMs] of latenciesMs.entries()) {
      expect((summary.estimate?.rows[place]?.values['latency']?.value ?? NaN) / latencyMs).toBeCloseTo(1, 6);
    }
    const passMs = latenciesMs.reduce((sum, one) => sum + one, 0);
    expect((summary.estimate?.fullTime.value ?? NaN) / (4 * passMs)).toBeCloseTo(1, 6);
  });

  test('leaves the measured rows as they are, describes every number and passes its schema', () => {
    expect(exact.rows.map((row) => row.cell)).toEqual(probes.map(({ id }) => id));
    expect(exact.rows.every((row) => row.valid)).toBe(true);
    expect(undescribedNumbers(exact)).toEqual([]);
    const read: unknown = JSON.parse(JSON.stringify(exact));
    expect(summarySchema.parse(read).estimate).toEqual(exact.estimate);
    expect(exact.advice.map(({ id }) => id)).not.toContain('estimate-fit');
  });

  test('its intervals hold what full runs show, requests scattering by 3 % and runs by 1 %', () => {
    const random = seededRandom('estimate coverage');
    // The sum of twelve uniform numbers is nearly normal, with a variance of 1.
    const normal = (): number => Array.from({ length: 12 }, () => random.nextFloat()).reduce((a, b) => a + b, -6);
    let inside = 0;
    const trials = 150;
    for (let trial = 0; trial < trials; trial++) {
      const [ofEstimate, ofFull] = [1 + 0.01 * normal(), 1 + 0.01 * normal()];
      const summary = estimated(twice.map((one, id) => recordOf(one, id, ofEstimate * (1 + 0.03 * normal()))));
      const row = summary.estimate?.rows.at(-1);
      const latencies = [0, 1, 2].map((id) => {
        const record = recordOf(cellOf(2048, 512), id, ofFull * (1 + 0.03 * normal()));
        return (record.endNs - record.sentNs) / 1e6;
      });
      const mean = latencies.reduce((sum, one) => sum + one, 0) / 3;
      const interval = row?.values['latency']?.interval;
      if (mean >= (interval?.low ?? Infinity) && mean <= (interval?.high ?? 0)) inside++;
    }
    expect(inside / trials).toBeGreaterThanOrEqual(0.93);
  });
});

describe('what forbids trust', () => {
  test('times off the laws are an advice', () => {
    const summary = estimated(twice.map((one, id) => recordOf(one, id, id % 2 === 0 ? 1 : 1.6)));
    expect(summary.advice.find(({ id }) => id === 'estimate-fit')?.text).toMatch(
      /^The estimate can't be trusted: .* times lie \d+ % \(standard deviation\) off/,
    );
  });

  test('too few requests, or too short ones, give no row and a reason', () => {
    const few = estimated(probes.slice(0, 2).map((one, id) => recordOf(one, id)));
    expect(few.estimate).toMatchObject({ rows: [], fullTime: { value: null } });
    expect(few.estimate?.reason).toMatch(/2 valid requests are too few/);
    const short = [1, 64, 128, 256].map((promptTokens) => cellOf(promptTokens, 40));
    const far = estimated(
      [...short, ...short].map((one, id) => recordOf(one, id)),
      short,
    );
    expect(far.estimate?.reason).toBe('prompts of up to 256 tokens were measured, too far from 2,048');
    expect(undescribedNumbers(far)).toEqual([]);
  });

  test('a row that is not valid is left out', () => {
    const records = twice.map((one, id) => {
      const record = recordOf(one, id);
      return one.promptTokens === 1024 ? { ...recordOf(one, id, 5), cachedTokens: 512 } : record;
    });
    const summary = estimated(records);
    expect(summary.rows.filter((row) => !row.valid)).toHaveLength(1);
    expect(summary.estimate?.laws[0]?.parameters[1]?.value).toBeCloseTo(0.2, 8);
  });

  test('compare uses measured rows and says so', () => {
    const measured = summarize(
      runOf(
        full.map((one, id) => recordOf(one, id)),
        { cells: full },
      ),
    );
    const comparison = compareSummaries(exact, measured);
    expect(comparison.estimates).toEqual(['base']);
    expect(comparison.cells).toEqual([]);
    expect(compareSummaries(exact, exact).cells.map(({ outputTokens }) => outputTokens)).toEqual([40, 40, 40, 40]);
  });
});
