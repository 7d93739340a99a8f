import { noMeasurement } from '../aggregate.ts';
import { defineMetric } from '../define-metric.ts';
import { isMissing } from '../missing.ts';
import { scaled } from '../scaled.ts';

/** Share of the peak computing rate that the model's operations take in prefill (model FLOP use), in %. */
export const computeUse = defineMetric({
  id: 'compute_use',
  label: 'Computing peak used by prefill',
  unit: '%',
  better: 'higher',
  formula: '100 x computing rate of prefill / peak computing rate',
  derived: ({ values, roofline: { compute } }) => {
    const rate = values['prefill_compute'];
    const method = 'share of the peak';
    if (rate?.value == null) return noMeasurement(rate?.reason ?? 'the rate is not known', method);
    if (isMissing(compute)) return noMeasurement(compute.missing, method);
    const peak = compute.perSecond / 1e12;
    return scaled(rate, 100 / peak, `${method} of ${peak} TFLOP/s (${compute.source})`);
  },
});
