import { passMeasurement } from '../aggregate-load.ts';
import { defineMetric } from '../define-metric.ts';
import { sloFormula } from '../slo.ts';

const time = 'time of the pass, from the first request sent to the last end';

/** Requests a second that keep every limit of the SLO, over a whole pass: what vLLM bench calls request goodput. */
export const goodput = defineMetric({
  id: 'goodput',
  label: 'Goodput',
  unit: 'requests/s',
  better: 'higher',
  formula: `requests answered within every limit of the SLO / ${time}`,
  formulaOf: (slo) => `requests answered with ${sloFormula(slo)} / ${time}`,
  derived: (row) => passMeasurement(row.passes, (pass) => pass.withinSlo),
});
