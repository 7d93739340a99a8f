import { passMeasurement } from '../aggregate-load.ts';
import { defineMetric } from '../define-metric.ts';

/** Requests sent a second in an open loop: what was reached of the rate that was asked for. */
export const sentRate = defineMetric({
  id: 'sent_rate',
  label: 'Requests sent',
  unit: 'requests/s',
  better: 'neither',
  formula: '(requests - 1) / time from the first request sent to the last one sent, failed requests included',
  derived: (row) => ({
    ...passMeasurement(
      row.passes,
      (pass) => pass.sent - 1,
      (pass) => pass.sendingNs,
    ),
    interval: null,
  }),
});
