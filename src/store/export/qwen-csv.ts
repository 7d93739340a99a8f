import path from 'node:path';

import { csvLine } from '../../base/csv.ts';
import type { RunPlan } from '../../contract/plan.ts';
import type { Summary, SummaryRow } from '../../contract/summary.ts';

type Column = readonly [name: string, of: (row: SummaryRow) => string | number | boolean | null];

/** The CSV of Qwen's script: its columns first and unchanged, then ours. One line a row. */
export function qwenCsv(summary: Summary, plan: RunPlan): string {
  const columns = [...scriptColumns(plan, summary), ...ownColumns, gpuColumn(summary)];
  const lines = summary.rows.map((row) => csvLine(columns.map(([, of]) => of(row))));
  return [csvLine(columns.map(([name]) => name)), ...lines].join('');
}

/** `{model}_context-length-{N}_{MMDDhhmmss}.csv`, the model with `/` as `__` or a folder's own name. */
export function qwenCsvName(plan: RunPlan, isFolder: boolean, now: Date): string {
  const model = isFolder ? path.basename(path.resolve(plan.model)) : plan.model.replaceAll('/', '__');
  const lengths = plan.cells.map((one) => one.promptTokens).join('-');
  const time = [now.getMonth() + 1, now.getDate(), now.getHours(), now.getMinutes(), now.getSeconds()]
    .map((value) => value.toString().padStart(2, '0'))
    .join('');
  return `${model}_context-length-${lengths}_${time}.csv`;
}

function scriptColumns(plan: RunPlan, summary: Summary): readonly Column[] {
  const { engine } = plan;
  if (engine.api === 'local') {
    return [
      ['model_id_or_path', () => plan.model],
      ['batch_size', () => 1],
      ['context_length_per_experiment', (row) => row.promptTokens],
      ['generate_length_per_experiment', (row) => row.outputTokens],
      ['use_flash_attn', () => engine.attention?.startsWith('flash_attention') ?? false],
      ['comment', () => ''],
      ['tokens_per_second', (row) => valueOf(row, 'generated_speed', 4)],
      ['max_gpu_memory_cost_gb', (row) => valueOf(row, 'gpu_memory', 4)],
    ];
  }
  return [
    ['Model ID', () => plan.model],
    ['Input Length', (row) => row.promptTokens],
    ['Output Length', (row) => row.outputTokens],
    ['TP Size', () => Math.max(1, summary.engine.gpuCount ?? 1)],
    ['Average Time (s)', (row) => seconds(row)],
    ['Average Throughput (tokens/s)', (row) => valueOf(row, 'generated_speed', 4)],
  ];
}

const ownColumns: readonly Column[] = [
  ['n', (row) => row.counts.measured],
  ['generated_speed_low', (row) => row.values['generated_speed']?.interval?.low ?? null],
  ['generated_speed_high', (row) => row.values['generated_speed']?.interval?.high ?? null],
  ['decode_speed', (row) => valueOf(row, 'decode_speed', 4)],
  ['total_speed', (row) => valueOf(row, 'total_speed', 4)],
  ['ttft_ms', (row) => valueOf(row, 'ttft', 4)],
  ['valid', (row) => row.valid],
  ['reasons', (row) => row.reasons.join('; ')],
];

function gpuColumn({ engine }: Summary): Column {
  return ['gpu_num', () => engine.gpuCount];
}

function valueOf(row: SummaryRow, metric: string, decimals: number): number | null {
  const value = row.values[metric]?.value ?? null;
  return value === null ? null : Number(value.toFixed(decimals));
}

function seconds(row: SummaryRow): number | null {
  const latencyMs = valueOf(row, 'latency', 4);
  return latencyMs === null ? null : latencyMs / 1000;
}
