import { maskSecrets } from '../../base/mask-secrets.ts';
import type { ExportedRun } from '../../contract/export.ts';
import type { SummaryRow } from '../../contract/summary.ts';
import { jsonText } from '../run-file.ts';

/** A file of the folder that EvalScope leaves for one point of a load. */
export interface EvalscopeFile {
  /** Below the folder of the run. */
  readonly path: string;
  readonly text: string;
}

/**
 * Each row of a load as EvalScope has it: a folder `parallel_P_number_N` with `benchmark_summary.json`, its percentiles and
 * arguments, under EvalScope's keys. What is not measured is null; EvalScope writes -1 or 0 there.
 */
export function evalscopeLoadFiles(run: ExportedRun): EvalscopeFile[] {
  return run.summary.rows.flatMap((row) => {
    const folder = folderOf(row);
    return [
      { path: `${folder}/benchmark_summary.json`, text: evalscopeSummary(row, run) },
      { path: `${folder}/benchmark_percentile.json`, text: jsonText(percentileRows(row)) },
      { path: `${folder}/benchmark_args.json`, text: jsonText(argumentsOf(row, run)) },
    ];
  });
}

/** The `benchmark_summary.json` of one row. */
export function evalscopeSummary(row: SummaryRow, { plan }: ExportedRun): string {
  const value = (metric: string): number | null => row.values[metric]?.value ?? null;
  const { measured, failed } = row.counts;
  const throughput = value('request_throughput');
  const isStream = !('stream' in plan.engine) || plan.engine.stream;
  return jsonText({
    'Test Duration (s)': throughput === null || throughput === 0 ? null : measured / throughput,
    Concurrency: row.parallel ?? -1,
    'Request Rate (req/s)': row.arrival?.requestsPerSecond ?? -1,
    'Total Requests': measured + failed,
    'Success Requests': measured,
    'Failed Requests': failed,
    'Stream Requests': isStream ? measured + failed : 0,
    'Non-Stream Requests': isStream ? 0 : measured + failed,
    'Req Throughput (req/s)': throughput,
    'Avg Latency (s)': seconds(value('latency')),
    'Avg Input Tokens': value('prompt_tokens'),
    'Output Throughput (tok/s)': value('output_throughput'),
    'Total Throughput (tok/s)': value('total_throughput'),
    'Avg TTFT (ms)': value('ttft'),
    'Avg TPOT (ms)': value('tpot'),
    'Avg ITL (ms)': value('itl'),
    'Avg Output Tokens': value('output_tokens'),
  });
}

function percentileRows(row: SummaryRow): Record<string, string | number | null>[] {
  const of = (metric: string, percent: number): number | null =>
    row.values[metric]?.percentiles.find((one) => one.percent === percent)?.value ?? null;
  return [50, 90, 95, 99].map((percent) => ({
    Percentiles: `${percent}%`,
    'Latency (s)': seconds(of('latency', percent)),
    'TTFT (ms)': of('ttft', percent),
    'ITL (ms)': of('itl', percent),
    'TPOT (ms)': of('tpot', percent),
  }));
}

function argumentsOf(row: SummaryRow, { summary, plan }: ExportedRun): Record<string, unknown> {
  return {
    model: summary.model,
    api: plan.engine.api,
    url: maskSecrets(summary.engine.url),
    number: row.counts.measured + row.counts.failed,
    parallel: row.parallel ?? -1,
    rate: row.arrival?.requestsPerSecond ?? -1,
    open_loop: row.arrival !== null,
    max_tokens: row.outputTokens,
    min_tokens: plan.workload.minOutputTokens,
  };
}

function folderOf({ parallel, arrival, counts }: SummaryRow): string {
  const load = arrival === null ? `parallel_${parallel ?? -1}` : `rate_${arrival.requestsPerSecond}`;
  return `${load}_number_${counts.measured + counts.failed}`;
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
