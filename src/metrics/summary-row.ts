import type { EngineFacts } from '../contract/engine.ts';
import type { CellPlan } from '../contract/plan.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { SummaryRow, SummaryValue } from '../contract/summary.ts';
import { rateMeasurement, timeMeasurement } from './aggregate.ts';
import type { Measurement, Metric, RowFacts } from './define-metric.ts';
import { metrics } from './definition/list.ts';
import { requestResult } from './request-result.ts';
import { rowCache } from './row-cache.ts';
import { rowMarks } from './row-marks.ts';
import { reasonsAgainst } from './validity.ts';

/** Everything that one cell left behind. `records`: all of it, warm-ups and failures included. */
export interface CellFacts {
  readonly cell: CellPlan;
  readonly records: readonly RequestRecord[];
  readonly planned: number;
  readonly engine: EngineFacts;
  /** Tokens that the engine adds to each prompt by itself. */
  readonly addedTokens: number;
}

/** The requests that values are made of: measured, and answered. */
export function measuredAndOk(records: readonly RequestRecord[]): RequestRecord[] {
  return records.filter((record) => record.phase === 'measured' && record.outcome.status === 'ok');
}

/** The row of one cell. */
export function summaryRow({ cell, records, planned, engine, addedTokens }: CellFacts): SummaryRow {
  const counted = measuredAndOk(records);
  const values: Record<string, SummaryValue> = {};
  for (const metric of metrics) {
    const { id, label, unit, better, formula } = metric;
    const measurement = measure(metric, { cell, records: counted, engine, values });
    values[id] = { id, label, unit, better, formula, ...measurement };
  }
  const reasons = reasonsAgainst(counted, addedTokens);
  const measured = records.filter((record) => record.phase === 'measured');
  return {
    cell: cell.id,
    promptTokens: cell.promptTokens,
    outputTokens: cell.outputTokens,
    parallel: cell.parallel,
    values,
    valid: reasons.length === 0,
    reasons,
    cache: rowCache(counted, { cache: engine.cache, addedTokens }),
    marks: rowMarks(counted, planned),
    counts: {
      measured: counted.length,
      failed: measured.length - counted.length,
      warmup: records.length - measured.length,
      planned,
    },
    requests: records.map(requestResult),
  };
}

function measure(metric: Metric, row: RowFacts): Measurement {
  if ('time' in metric) return timeMeasurement(row.records, metric.time);
  if ('rate' in metric) return rateMeasurement(row.records, metric.rate);
  return metric.derived(row);
}
