import type { Calibration } from '../contract/calibration.ts';
import type { EngineFacts } from '../contract/engine.ts';
import type { ProtocolFacts } from '../contract/protocol.ts';
import type { SloLimit, TrafficPlan } from '../contract/plan.ts';
import type { SummaryRow, SummaryValue } from '../contract/summary.ts';
import { rateMeasurement, timeMeasurement } from './aggregate.ts';
import { sampleMeasurement } from './aggregate-load.ts';
import { rowBound } from './bound/row-bound.ts';
import type { Measurement, Metric, RowFacts } from './define-metric.ts';
import { metricsOf } from './definition/list.ts';
import { rowNoise } from './noise/row-noise.ts';
import type { TelemetryIndex } from './noise/row-samples.ts';
import { passTotals } from './passes.ts';
import { publishedFigures } from './published-figures.ts';
import { requestResult } from './request-result.ts';
import { rowCache } from './row-cache.ts';
import { rowMarks } from './row-marks.ts';
import type { Roofline } from './roofline.ts';
import type { CellTally } from './run-tally.ts';
import { rowProtocol } from './row-protocol.ts';
import { foreignRequests } from './server-truth/foreign-requests.ts';
import { keepsSlo } from './slo.ts';
import { serverTruth } from './server-truth/server-truth.ts';
import { reasonsAgainst } from './validity.ts';

/** Everything that one cell left behind, and what must be known beside it. */
export interface CellFacts extends CellTally {
  readonly planned: number;
  readonly traffic: TrafficPlan;
  readonly slo: readonly SloLimit[];
  readonly protocol: ProtocolFacts | null;
  readonly engine: EngineFacts;
  readonly roofline: Roofline;
  /** As the plan names it. */
  readonly model: string;
  /** Tokens that the engine adds to each prompt by itself. */
  readonly addedTokens: number;
  readonly telemetry: TelemetryIndex;
  /** null: there is none that fits, or the engine is in this process. */
  readonly calibration: Calibration | null;
}

// A summary is read as a whole: it must not grow with every request of a long run.
const mostRequestsOfLoad = 1000;

/** The row of one cell. */
export function summaryRow(facts: CellFacts): SummaryRow {
  const { cell, requests, measured, counted, slo, gapsNs, engine, roofline, addedTokens } = facts;
  const passes = cell.kind === 'load' ? passTotals(measured, (request) => keepsSlo(request, slo)) : [];
  const samples = facts.telemetry.of(measured);
  const values: Record<string, SummaryValue> = {};
  for (const metric of metricsOf(cell, slo)) {
    const { id, label, unit, better } = metric;
    const row = { cell, requests: counted, passes, gapsNs, engine, roofline, samples, values };
    const measurement = measure(metric, row);
    const formula = 'formulaOf' in metric ? metric.formulaOf(slo) : metric.formula;
    values[id] = { id, label, unit, better, formula, ...measurement };
  }
  const reasons = reasonsAgainst(counted, cell.kind, addedTokens);
  const decided = rowProtocol(facts, { requests: counted, passes, measured: measured.length });
  const threads = Math.max(1, new Set(counted.map(({ shard }) => shard)).size);
  const truth = serverTruth({ cell, measured, counted, engine, samples: facts.telemetry.server });
  const listed = cell.kind === 'load' ? requests.slice(0, mostRequestsOfLoad) : requests;
  return {
    cell: cell.id,
    kind: cell.kind,
    promptTokens: cell.promptTokens,
    outputTokens: cell.outputTokens,
    parallel: cell.parallel,
    arrival: cell.arrival,
    values,
    published: publishedFigures({ cell, model: facts.model, engine, values }),
    valid: reasons.length === 0,
    reasons,
    cache: rowCache(counted, { cache: engine.cache, addedTokens }),
    marks: [...rowMarks(counted, cell.kind, decided.planned), ...decided.marks],
    noise: [...rowNoise(samples), ...foreignRequests(truth)],
    serverTruth: truth,
    warmups: decided.warmups,
    stopped: decided.stopped,
    outliers: decided.outliers,
    bound: facts.calibration === null ? null : rowBound({ cell, values, engine, threads }, facts.calibration),
    trend: decided.trend,
    counts: {
      measured: counted.length,
      failed: measured.length - counted.length,
      warmup: requests.length - measured.length,
      planned: decided.planned,
      executions: new Set(counted.map(({ execution }) => execution)).size,
    },
    requests: listed.map(requestResult),
  };
}

function measure(metric: Metric, row: RowFacts): Measurement {
  if ('time' in metric) {
    const ofSample = row.cell.kind === 'load' ? sampleMeasurement : timeMeasurement;
    return ofSample(row.requests, metric.time);
  }
  if ('rate' in metric) return rateMeasurement(row.requests, metric.rate);
  return metric.derived(row);
}
