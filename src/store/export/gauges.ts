/**
 * The result of a run as OpenTelemetry has metrics: one gauge a metric, one point a statistic of a row. Attributes are columns of
 * the tables `runs` and `rows`, under the same names. Comes in: a run with its summary. Goes out: plain data.
 */
import path from 'node:path';

import type { MeasuredRun, Table } from '../../contract/export.ts';
import type { EstimatedRow, Interval, MetricDefinition, SummaryRow, SummaryValue } from '../../contract/summary.ts';
import { rowsTable, runsTable } from './tables.ts';

/** Never null, and no empty text. */
type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface GaugePoint {
  readonly value: number;
  readonly attributes: Attributes;
}

export interface Gauge {
  readonly name: string;
  /** In UCUM. */
  readonly unit: string;
  readonly description: string;
  readonly points: readonly GaugePoint[];
}

const prefix = 'tokometer.';

const runAttributes = ['name', 'model', 'api', 'engine', 'engine_version', 'device', 'dtype', 'weights', 'state'];
const rowAttributes = [
  'cell',
  'kind',
  'planned_prompt_tokens',
  'planned_output_tokens',
  'parallel',
  'rate_requests_per_s',
  'arrival',
  'valid',
  'reasons',
  'cache',
  'marks',
];

/** Attributes of every point, beside those that say which statistic it is. */
export const pointAttributes: readonly string[] = ['run', ...runAttributes, ...rowAttributes];

// What UCUM has no unit for is an annotation in braces: a count of it.
const ucumUnits: Readonly<Record<string, string>> = {
  ms: 'ms',
  tokens: '{token}',
  requests: '{request}',
  'tokens/s': '{token}/s',
  'requests/s': '{request}/s',
  GiB: 'GiBy',
  GB: 'GBy',
  'GB/s': 'GBy/s',
  'TFLOP/s': '{TFLOP}/s',
  J: 'J',
  '%': '%',
};

/** How a metric is called and measured outside. */
export function gaugeForm({ id, label, unit, formula }: Omit<MetricDefinition, 'better'>): Omit<Gauge, 'points'> {
  return { name: `${prefix}${id}`, unit: ucumUnits[unit] ?? `{${unit}}`, description: `${label}: ${formula}` };
}

const samples: Omit<Gauge, 'points'> = {
  name: `${prefix}n`,
  unit: '{value}',
  description: 'How many raw values the value of a metric rests on',
};
const requests: Omit<Gauge, 'points'> = {
  name: `${prefix}requests`,
  unit: '{request}',
  description: 'Requests of the row: measured and answered, measured and failed, of warm-ups, planned',
};

/** Gauges that are no metric of the summary. */
export const countGauges: readonly Omit<Gauge, 'points'>[] = [samples, requests];

/** Every value of every row, of estimated rows too; what is null or no finite number is left out. */
export function gaugesOf(run: MeasuredRun): Gauge[] {
  const collected = new Map<string, Gauge & { readonly points: GaugePoint[] }>();
  const add = (form: Omit<Gauge, 'points'>, value: number | null | undefined, attributes: Attributes): void => {
    if (value === null || value === undefined || !Number.isFinite(value)) return;
    const gauge = collected.get(form.name) ?? { ...form, points: [] };
    gauge.points.push({ value, attributes });
    collected.set(form.name, gauge);
  };
  const ofRun = { run: path.basename(path.resolve(run.directory)), ...picked(runsTable, runAttributes, { run }) };
  for (const row of run.summary.rows) {
    const ofRow = { ...ofRun, ...picked(rowsTable, rowAttributes, { run, row }) };
    addValues(row, ofRow, add);
    for (const statistic of ['measured', 'failed', 'warmup', 'planned'] as const) {
      add(requests, row.counts[statistic], { ...ofRow, statistic });
    }
  }
  for (const row of run.summary.estimate?.rows ?? []) {
    const lengths = { planned_prompt_tokens: row.promptTokens, planned_output_tokens: row.outputTokens };
    addValues(row, { ...ofRun, cell: row.cell, kind: 'estimate', ...lengths }, add);
  }
  return [...collected.values()];
}

type Add = (form: Omit<Gauge, 'points'>, value: number | null | undefined, attributes: Attributes) => void;

function addValues({ values }: SummaryRow | EstimatedRow, ofRow: Attributes, add: Add): void {
  for (const value of Object.values(values)) {
    const form = gaugeForm(value);
    for (const [statistic, number, more] of statisticsOf(value)) add(form, number, { ...ofRow, ...more, statistic });
    if (value.value !== null) add(samples, value.n, { ...ofRow, metric: value.id });
  }
}

type Statistic = readonly [name: string, value: number | null | undefined, more?: Attributes];

function statisticsOf({ value, interval, spread, percentiles }: SummaryValue): Statistic[] {
  return [
    ['value', value],
    ...limitsOf('', interval),
    ['min', spread?.min],
    ['median', spread?.median],
    ['max', spread?.max],
    ['standard_deviation', spread?.standardDeviation],
    ...percentiles.flatMap(({ percent, value: limit, interval: around }): Statistic[] => [
      [`p${percent}`, limit, { percentile: percent }],
      ...limitsOf(`p${percent}_`, around, { percentile: percent }),
    ]),
  ];
}

function limitsOf(of: string, interval: Interval | null, more: Attributes = {}): Statistic[] {
  if (interval === null) return [];
  const attributes = { ...more, level: interval.level };
  return [
    [`${of}interval_low`, interval.low, attributes],
    [`${of}interval_high`, interval.high, attributes],
  ];
}

function picked<Source>({ columns }: Table<Source>, names: readonly string[], source: Source): Attributes {
  const attributes: Record<string, string | number | boolean> = {};
  for (const { name, of } of columns) {
    const field = names.includes(name) ? of(source) : null;
    if (field !== null && field !== '') attributes[name] = field;
  }
  return attributes;
}
