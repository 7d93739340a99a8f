import type { SummaryValue } from './summary.ts';

/** Rows of the full run, predicted from shorter requests: none of these numbers was measured. */
export interface Estimate {
  /** Why there are no rows; null: there are. */
  readonly reason: string | null;
  readonly rows: readonly EstimatedRow[];
  /** What was fitted to the measured requests. */
  readonly laws: readonly FittedLaw[];
  /** Time of the requests that were measured for it, warm-ups included, and what the full run's would take. */
  readonly measuredTime: SummaryValue;
  readonly fullTime: SummaryValue;
}

/** One row of the full run. */
export interface EstimatedRow {
  readonly cell: string;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** By metric id; intervals are prediction intervals of what the full run would show. */
  readonly values: Readonly<Record<string, SummaryValue>>;
  /** Longer than any measured prompt, by this factor; 1: within what was measured. */
  readonly beyondMeasured: number;
}

/** A law of time, with its parameters. */
export interface FittedLaw {
  readonly of: 'decode' | 'prefill';
  readonly formula: string;
  readonly parameters: readonly SummaryValue[];
  /** Residual standard deviation of a request by its time. */
  readonly deviation: SummaryValue;
}
