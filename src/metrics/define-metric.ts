import type { CellPlan } from '../contract/plan.ts';
import type { EngineFacts } from '../contract/engine.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { MetricDefinition, SummaryValue } from '../contract/summary.ts';

/** Why a request or a row has no value. */
export interface Missing {
  readonly missing: string;
}

/** So many tokens in so many nanoseconds. */
export interface TokensInTime {
  readonly tokens: number;
  readonly ns: number;
}

/** A value without its definition. */
export type Measurement = Omit<SummaryValue, keyof MetricDefinition>;

/** What a derived metric may look at: the requests that count, and the values of the metrics listed before it. */
export interface RowFacts {
  readonly cell: CellPlan;
  /** Measured and ok. */
  readonly records: readonly RequestRecord[];
  readonly engine: EngineFacts;
  readonly values: Readonly<Record<string, SummaryValue>>;
}

/** A time of one request in nanoseconds. The row shows the mean in ms, with Student's t interval. */
export interface TimeMetric extends MetricDefinition {
  readonly unit: 'ms';
  readonly time: (record: RequestRecord) => number | Missing;
}

/** Tokens in time of one request. The row shows all tokens by all time, its interval taken on times and inverted. */
export interface RateMetric extends MetricDefinition {
  readonly unit: 'tokens/s';
  readonly rate: (record: RequestRecord) => TokensInTime | Missing;
}

/** A value of the row as a whole. */
export interface DerivedMetric extends MetricDefinition {
  readonly derived: (row: RowFacts) => Measurement;
}

export type Metric = TimeMetric | RateMetric | DerivedMetric;

/** Declares a metric: one file each, and a line in `definition/list.ts`. */
export function defineMetric<Kind extends Metric>(metric: Kind): Kind {
  return metric;
}

/** Says that there is no value, and why; the reason is a clause that can follow `n/a:`. */
export function missing(reason: string): Missing {
  return { missing: reason };
}

export function isMissing(value: number | TokensInTime | Missing): value is Missing {
  return typeof value === 'object' && 'missing' in value;
}
