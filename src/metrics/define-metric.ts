import type { CellPlan, SloLimit } from '../contract/plan.ts';
import type { EngineFacts } from '../contract/engine.ts';
import type { MetricDefinition, SummaryValue } from '../contract/summary.ts';
import type { LogLinearHistogram } from '../stats/histogram.ts';
import type { Missing } from './missing.ts';
import type { RowSamples } from './noise/row-samples.ts';
import type { PassTotals } from './passes.ts';
import type { Roofline } from './roofline.ts';
import type { RequestFacts } from './request-facts.ts';

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
  readonly requests: readonly RequestFacts[];
  /** Measured passes as a whole; of load rows. */
  readonly passes: readonly PassTotals[];
  /** Gaps between tokens in ns; of load rows. */
  readonly gapsNs: LogLinearHistogram | null;
  readonly engine: EngineFacts;
  readonly roofline: Roofline;
  /** What was seen of the machine while the measured requests ran. */
  readonly samples: RowSamples;
  readonly values: Readonly<Record<string, SummaryValue>>;
}

/** A time of one request in nanoseconds. The row shows the mean in ms: a speed row with Student's t interval, a load row with percentiles. */
export interface TimeMetric extends MetricDefinition {
  readonly unit: 'ms';
  readonly time: (request: RequestFacts) => number | Missing;
}

/** Tokens in time of one request. The row shows all tokens by all time, its interval taken on times and inverted. */
export interface RateMetric extends MetricDefinition {
  readonly unit: 'tokens/s';
  readonly rate: (request: RequestFacts) => TokensInTime | Missing;
}

/** A value of the row as a whole. */
export interface DerivedMetric extends MetricDefinition {
  readonly derived: (row: RowFacts) => Measurement;
}

/** One that depends on limits: its formula names them, so that values by others are never taken for the same. */
export interface SloMetric extends DerivedMetric {
  readonly formulaOf: (slo: readonly SloLimit[]) => string;
}

export type Metric = TimeMetric | RateMetric | DerivedMetric | SloMetric;

/** Declares a metric: one file each, and a line in `definition/list.ts`. */
export function defineMetric<Kind extends Metric>(metric: Kind): Kind {
  return metric;
}
