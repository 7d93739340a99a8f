import { noMeasurement } from '../aggregate.ts';
import { defineMetric } from '../define-metric.ts';
import { isMissing } from '../missing.ts';
import { scaled } from '../scaled.ts';

/** Share of the peak memory bandwidth that decode uses, in %. */
export const bandwidthUse = defineMetric({
  id: 'bandwidth_use',
  label: 'Memory bandwidth used by decode',
  unit: '%',
  better: 'higher',
  formula: '100 x memory traffic of decode / peak memory bandwidth',
  derived: ({ values, roofline: { bandwidth } }) => {
    const traffic = values['decode_bandwidth'];
    const method = 'share of the peak';
    if (traffic?.value == null) return noMeasurement(traffic?.reason ?? 'the traffic is not known', method);
    if (isMissing(bandwidth)) return noMeasurement(bandwidth.missing, method);
    const peak = bandwidth.perSecond / 1e9;
    return scaled(traffic, 100 / peak, `${method} of ${peak} GB/s (${bandwidth.source})`);
  },
});
