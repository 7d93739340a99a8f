import { maskSecrets } from '../../base/mask-secrets.ts';
import type { RunPlan } from '../../contract/plan.ts';
import type { Summary, SummaryRow } from '../../contract/summary.ts';

/**
 * speed_benchmark.json: an array of rows by rising prompt length, each with EvalScope's three keys first and under its meanings
 * (`Speed(tokens/s)` is G / (tn - t0), two decimals; `GPU Memory(GB)` counts 2^30 bytes), then what those leave out: the
 * other speeds, uncertainty, validity, every request, and the parameters of the test. What is not known is null, never 0.
 */
export function speedBenchmarkJson(summary: Summary, plan: RunPlan): string {
  const parameters = maskSecrets(plan);
  const rows = summary.rows
    .toSorted((a, b) => (a.promptTokens ?? 0) - (b.promptTokens ?? 0) || (a.parallel ?? 0) - (b.parallel ?? 0))
    .map((row) => ({
      'Prompt Tokens': row.promptTokens,
      'Speed(tokens/s)': rounded(row, 'generated_speed'),
      'GPU Memory(GB)': rounded(row, 'gpu_memory'),
      'Decode Speed(tokens/s)': rounded(row, 'decode_speed'),
      'Total Speed(tokens/s)': rounded(row, 'total_speed'),
      'Prefill Speed(tokens/s)': rounded(row, 'prefill_speed'),
      'TTFT(ms)': rounded(row, 'ttft'),
      'TPOT(ms)': rounded(row, 'tpot'),
      'Output Tokens': row.outputTokens,
      Parallel: row.parallel,
      gpu_num: summary.engine.gpuCount,
      n: row.values['generated_speed']?.n ?? 0,
      Intervals: intervalsOf(row),
      Valid: row.valid,
      Reasons: row.reasons,
      Marks: row.marks,
      Cache: row.cache,
      Counts: row.counts,
      'Missing Values': missingValues(row),
      Requests: row.requests,
      Parameters: { ...parameters, lengthScale: summary.workload.scale, nonce: summary.workload.nonce },
    }));
  return `${JSON.stringify(rows, null, 4)}\n`;
}

function rounded(row: SummaryRow, metric: string): number | null {
  const value = row.values[metric]?.value ?? null;
  return value === null ? null : Number(value.toFixed(2));
}

function intervalsOf(row: SummaryRow): Record<string, unknown> {
  const values = Object.values(row.values).filter((value) => value.interval !== null);
  return Object.fromEntries(values.map(({ id, unit, interval }) => [id, { ...interval, unit }]));
}

function missingValues(row: SummaryRow): Record<string, string | null> {
  const values = Object.values(row.values).filter((value) => value.value === null);
  return Object.fromEntries(values.map(({ id, reason }) => [id, reason]));
}
