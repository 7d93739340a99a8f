import type { Column } from '../../contract/export.ts';
import type { SummaryRow } from '../../contract/summary.ts';
import { real } from './column.ts';

interface OfRow {
  readonly row: SummaryRow;
}

/** How the unit of a metric is written in the name of a column. */
const unitNames: Readonly<Record<string, string>> = {
  ms: 'ms',
  tokens: '',
  requests: '',
  'tokens/s': 'tokens_per_s',
  'requests/s': 'requests_per_s',
  GiB: 'gib',
  GB: 'gb',
  'GB/s': 'gb_per_s',
  'TFLOP/s': 'tflop_per_s',
  J: 'j',
  '%': 'percent',
};

/** The metrics that have columns beside each other, in their order, with their units. */
export const wideMetrics: readonly (readonly [metric: string, unit: string])[] = [
  ['generated_speed', 'tokens/s'],
  ['decode_speed', 'tokens/s'],
  ['total_speed', 'tokens/s'],
  ['prefill_speed', 'tokens/s'],
  ['ttft', 'ms'],
  ['tpot', 'ms'],
  ['itl', 'ms'],
  ['latency', 'ms'],
  ['request_throughput', 'requests/s'],
  ['output_throughput', 'tokens/s'],
  ['total_throughput', 'tokens/s'],
  ['goodput', 'requests/s'],
  ['slo_attainment', '%'],
  ['concurrency', 'requests'],
  ['sent_rate', 'requests/s'],
  ['send_delay', 'ms'],
  ['connect_time', 'ms'],
  ['prompt_tokens', 'tokens'],
  ['output_tokens', 'tokens'],
  ['gpu_memory', 'GiB'],
  ['energy_per_token', 'J'],
  ['decode_bytes', 'GB'],
  ['decode_bandwidth', 'GB/s'],
  ['bandwidth_use', '%'],
  ['prefill_compute', 'TFLOP/s'],
  ['compute_use', '%'],
];

// Those that people put into charts have the limits of their intervals beside them, and the times their percentiles.
const withLimits = new Set([
  'generated_speed',
  'decode_speed',
  'total_speed',
  'prefill_speed',
  'ttft',
  'request_throughput',
  'output_throughput',
  'total_throughput',
]);
const withPercentiles = new Set(['ttft', 'tpot', 'itl', 'latency']);

/** A column for each metric; null in rows that don't have it, or where it has another unit. */
export function metricColumns(): Column<OfRow>[] {
  return wideMetrics.flatMap(([metric, unit]) => {
    const value = ({ row }: OfRow): SummaryRow['values'][string] | null => {
      const found = row.values[metric];
      return found?.unit === unit ? found : null;
    };
    const suffix = unitNames[unit] ?? '';
    const name = suffix === '' ? metric : `${metric}_${suffix}`;
    const columns = [real<OfRow>(name, `${metric} in ${unit}`, (of) => value(of)?.value ?? null)];
    if (withLimits.has(metric)) {
      columns.push(
        real(`${name}_low`, 'lower limit of its 95 % interval', (of) => finite(value(of)?.interval?.low)),
        real(`${name}_high`, 'upper limit', (of) => finite(value(of)?.interval?.high)),
      );
    }
    for (const percent of withPercentiles.has(metric) ? [50, 90, 95, 99] : []) {
      columns.push(
        real(`${name}_p${percent}`, `its ${percent}th percentile under load`, (of) => {
          return value(of)?.percentiles.find((one) => one.percent === percent)?.value ?? null;
        }),
      );
    }
    return columns;
  });
}

/** Null for a limit that is not there: a file has no infinity of its own. */
export function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
