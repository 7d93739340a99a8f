import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, test } from 'vitest';

import type { MeasuredRun } from '../../../../src/contract/export.ts';
import type { SummaryRow, SummaryValue } from '../../../../src/contract/summary.ts';
import { metrics } from '../../../../src/metrics/definition/list.ts';
import { exportRun } from '../../../../src/run/export-run.ts';
import {
  countGauges,
  gaugeForm,
  gaugesOf,
  type GaugePoint,
  pointAttributes,
} from '../../../../src/store/export/gauges.ts';
import { optionalPackages } from '../../../../src/store/optional-package.ts';

const root = path.resolve(import.meta.dirname, '../../../..');
const golden = path.join(root, 'test/golden/run');

const pointsNamed = (run: MeasuredRun, name: string): readonly GaugePoint[] =>
  gaugesOf(run).find((gauge) => gauge.name === name)?.points ?? [];

/** The run with one row in place of its own, whose value `ttft` has other parts. */
function withTtft(run: MeasuredRun, parts: Partial<SummaryValue>): MeasuredRun {
  const [row] = run.summary.rows;
  const ttft = row?.values['ttft'];
  if (row === undefined || ttft === undefined) throw new Error('the golden run has no TTFT');
  const changed: SummaryRow = { ...row, values: { ttft: { ...ttft, ...parts } } };
  return { ...run, summary: { ...run.summary, rows: [changed] } };
}

test('every value of the rows is a point, and nothing that is null', async () => {
  const run = await exportRun(golden);
  for (const row of run.summary.rows) {
    for (const value of Object.values(row.values)) {
      const points = pointsNamed(run, `tokometer.${value.id}`).filter(
        ({ attributes }) => attributes['cell'] === row.cell,
      );
      const told = new Map(points.map(({ attributes, value: number }) => [attributes['statistic'], number]));
      expect(told.get('value') ?? null).toBe(value.value);
      expect(told.get('interval_low') ?? null).toBe(value.interval?.low ?? null);
      expect(told.get('median') ?? null).toBe(value.spread?.median ?? null);
      expect(told.get('standard_deviation') ?? null).toBe(value.spread?.standardDeviation ?? null);
      expect(told.size).toBe(points.length);
      const counts = pointsNamed(run, 'tokometer.n').filter(
        ({ attributes }) => attributes['cell'] === row.cell && attributes['metric'] === value.id,
      );
      expect(counts.map((point) => point.value)).toEqual(value.value === null ? [] : [value.n]);
    }
  }
  const isInvalid = run.summary.rows.map(({ valid }) => valid);
  expect(new Set(isInvalid)).toEqual(new Set([true, false]));
  for (const { attributes } of gaugesOf(run).flatMap((gauge) => gauge.points)) {
    const row = run.summary.rows.find(({ cell }) => cell === attributes['cell']);
    expect(attributes['valid']).toBe(row?.valid);
    expect('reasons' in attributes).toBe(row?.valid === false);
    expect(attributes).toMatchObject({ run: 'run', model: run.summary.model, api: run.plan.engine.api });
  }
});

test('points of one gauge differ in their attributes', async () => {
  for (const { points } of gaugesOf(await exportRun(golden))) {
    const keys = points.map(({ attributes }) => JSON.stringify(attributes, Object.keys(attributes).toSorted()));
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test('percentiles and their intervals are told apart from those of the mean; a limit without end is left out', async () => {
  const around = { level: 0.95, method: 'm', covers: 'repetitions' } as const;
  const run = withTtft(await exportRun(golden), {
    value: 5,
    n: 9,
    spread: null,
    interval: { ...around, low: 4, high: Infinity },
    percentiles: [
      { percent: 50, value: 4.5, reason: null, interval: { ...around, low: 4.1, high: 4.9 }, intervalReason: null },
      { percent: 99, value: null, reason: 'too few', interval: null, intervalReason: 'too few' },
    ],
  });
  const points = pointsNamed(run, 'tokometer.ttft');
  const told = points.map(({ value, attributes: { statistic, percentile, level } }) => [
    statistic,
    value,
    percentile,
    level,
  ]);
  expect(told).toEqual([
    ['value', 5, undefined, undefined],
    ['interval_low', 4, undefined, 0.95],
    ['p50', 4.5, 50, undefined],
    ['p50_interval_low', 4.1, 50, 0.95],
    ['p50_interval_high', 4.9, 50, 0.95],
  ]);
});

test('estimated rows are told as such', async () => {
  const run = await exportRun(golden);
  const [row] = run.summary.rows;
  const ttft = row?.values['ttft'];
  if (ttft === undefined) throw new Error('the golden run has no TTFT');
  const estimated = { cell: 'p9-g8', promptTokens: 9, outputTokens: 8, values: { ttft }, beyondMeasured: 1 };
  const estimate = { reason: null, rows: [estimated], laws: [], measuredTime: ttft, fullTime: ttft };
  const points = pointsNamed({ ...run, summary: { ...run.summary, rows: [], estimate } }, 'tokometer.ttft');
  expect(points[0]).toMatchObject({
    value: ttft.value,
    attributes: { kind: 'estimate', cell: 'p9-g8', planned_prompt_tokens: 9, planned_output_tokens: 8 },
  });
});

test('the page lists every name, unit and attribute, and the packages', async () => {
  const page = await readFile(path.join(root, 'docs/push.md'), 'utf8');
  const cells = [...page.matchAll(/^\| `(tokometer\.\w+)` +\| `([^`]+)` +\|/gm)].map(([, name, unit]) => [name, unit]);
  const forms = [...metrics.map(gaugeForm), ...countGauges];
  expect(cells).toEqual(forms.map(({ name, unit }) => [name, unit]));
  // An annotation holds the words of a count, and no unit that UCUM has itself.
  for (const { unit } of forms)
    expect(unit).toMatch(/^(ms|J|%|GiBy|GBy|GBy\/s|\{(token|request|TFLOP|value)\}(\/s)?)$/);
  const packages = /^npm install (@opentelemetry.+)$/m.exec(page)?.[1]?.split(' ');
  const needed = Object.entries(optionalPackages).filter(([name]) => name.startsWith('@opentelemetry/'));
  expect(packages).toEqual(needed.map(([name, version]) => `${name}@${version}`));
  const listed = /^Attributes of every point: (.+?)\.$/ms.exec(page)?.[1]?.matchAll(/`(\w+)`/g) ?? [];
  expect([...listed].map(([, name]) => name)).toEqual(pointAttributes);
});
