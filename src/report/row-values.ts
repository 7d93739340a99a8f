import type { Summary, SummaryRow, SummaryValue } from '../contract/summary.ts';
import { measuredText } from './measured-number.ts';
import type { MeasuredText } from './measured-number.ts';

/** The ids of the metrics that the report gives a place of their own; every other value is listed by its own label. */
export const metricIds = {
  generated: 'generated_speed',
  decode: 'decode_speed',
  total: 'total_speed',
  prefill: 'prefill_speed',
  ttft: 'ttft',
  memory: 'gpu_memory',
  tpot: 'tpot',
  itl: 'itl',
  latency: 'latency',
  requests: 'request_throughput',
  output: 'output_throughput',
  allTokens: 'total_throughput',
  goodput: 'goodput',
  withinSlo: 'slo_attainment',
  inFlight: 'concurrency',
  promptTokens: 'prompt_tokens',
  outputTokens: 'output_tokens',
  sentRate: 'sent_rate',
  sendDelay: 'send_delay',
  traffic: 'decode_bandwidth',
  bandwidthUse: 'bandwidth_use',
  computeUse: 'compute_use',
} as const;

export type MetricName = keyof typeof metricIds;

export const notAvailable = 'n/a';

export function valueOf(row: Pick<SummaryRow, 'values'>, name: MetricName): SummaryValue | null {
  return row.values[metricIds[name]] ?? null;
}

/** A metric of a row as people read it; `n/a` when there is none. */
export function textOf(row: Pick<SummaryRow, 'values'>, name: MetricName): MeasuredText {
  const value = valueOf(row, name);
  if (value === null || value.value === null) return { value: notAvailable, uncertainty: '' };
  return measuredText(value.value, value.interval);
}

/** A percentile of a metric of a row; null when the row has none, or the sample can't carry it. */
export function percentileOf(row: SummaryRow, name: MetricName, percent: number): number | null {
  return valueOf(row, name)?.percentiles.find((one) => one.percent === percent)?.value ?? null;
}

/** Whether a summary tells of a load: its rows have throughput and percentiles in place of the speeds of one request. */
export function isLoad(summary: Summary): boolean {
  return summary.rows.some((row) => row.kind === 'load');
}

/** Whether its rows are rates of an open loop. */
export function isOpenLoop({ rows }: Pick<Summary, 'rows'>): boolean {
  return rows.some((row) => row.arrival !== null);
}

/** GPU memory of a row in GiB, as the documents count a GB, or `n/a`. */
export function memoryTextOf(row: SummaryRow): string {
  const memory = valueOf(row, 'memory');
  return memory === null || memory.value === null ? notAvailable : memory.value.toFixed(2);
}

/** The name of a row in a footnote: its prompt tokens, and the load where rows differ by it; of a load row its load alone, `512 in flight` or `20 req/s`. */
export function rowLabel(row: SummaryRow, summary: Summary): string {
  if (row.arrival !== null) return `${row.arrival.requestsPerSecond} req/s`;
  if (row.kind === 'load') return `${row.parallel} in flight`;
  const loaded = summary.rows.some((one) => one.parallel !== 1);
  return loaded ? `${row.promptTokens} × ${row.parallel}` : String(row.promptTokens);
}
