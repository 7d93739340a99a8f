import { noMeasurement, noRequest, spreadOf } from '../aggregate.ts';
import { defineMetric, type Measurement } from '../define-metric.ts';
import { isMissing } from '../missing.ts';
import type { PassTotals } from '../passes.ts';
import { sloFormula } from '../slo.ts';

/** The share of the measured requests that keep every limit of the SLO, in percent; n: requests. A failed one keeps none. */
export const sloAttainment = defineMetric({
  id: 'slo_attainment',
  label: 'SLO attainment',
  unit: '%',
  better: 'higher',
  formula: '100 x requests answered within every limit of the SLO / measured requests, failed ones included',
  formulaOf: (slo) => `100 x requests answered with ${sloFormula(slo)} / measured requests, failed ones included`,
  derived: (row) => shareWithin(row.passes),
});

// Requests under one load are not independent, so no interval of a share over them would hold.
function shareWithin(passes: readonly PassTotals[]): Measurement {
  const raw: number[] = [];
  const executions: number[] = [];
  let kept = 0;
  let sent = 0;
  let reason = noRequest;
  for (const pass of passes) {
    if (isMissing(pass.withinSlo)) {
      reason = pass.withinSlo.missing;
      continue;
    }
    kept += pass.withinSlo;
    sent += pass.sent;
    raw.push((100 * pass.withinSlo) / pass.sent);
    executions.push(pass.execution);
  }
  const method = raw.length > 1 ? 'sum over sum of the passes' : 'one pass';
  if (raw.length === 0) return noMeasurement(reason, method);
  return {
    value: (100 * kept) / sent,
    reason: null,
    n: sent,
    method,
    interval: null,
    spread: spreadOf(raw),
    percentiles: [],
    raw,
    executions,
  };
}
