import { noMeasurement } from '../aggregate.ts';
import { defineMetric } from '../define-metric.ts';
import { scaled } from '../scaled.ts';

/** Memory traffic that the decode speed amounts to, in GB/s. */
export const decodeBandwidth = defineMetric({
  id: 'decode_bandwidth',
  label: 'Memory traffic of decode',
  unit: 'GB/s',
  better: 'higher',
  formula: 'bytes read a token x decode speed',
  derived: ({ values }) => {
    const bytes = values['decode_bytes'];
    const speed = values['decode_speed'];
    const method = 'decode speed x bytes read a token';
    if (bytes?.value == null) return noMeasurement(bytes?.reason ?? 'the bytes are not known', method);
    if (speed?.value == null) return noMeasurement(speed?.reason ?? 'there is no decode speed', method);
    return scaled(speed, bytes.value, method);
  },
});
