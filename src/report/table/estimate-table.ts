import type { EstimatedRow, Estimate } from '../../contract/summary.ts';
import { plainNumber } from '../measured-number.ts';
import { notAvailable, textOf, valueOf } from '../row-values.ts';
import type { MetricName } from '../row-values.ts';
import { alignOnUncertainty } from './columns.ts';
import type { Column, ColumnSet } from './columns.ts';

/** Choices of columns for the rows of an estimate, from the widest to the narrowest. */
export function estimateColumnSets({ rows }: Estimate): ColumnSet[] {
  const prompts = rows.map((row) => `${row.promptTokens}${row.beyondMeasured > 1 ? ' *' : '  '}`);
  const prompt: Column = { head: 'Prompt Tokens', align: 'right', cells: prompts };
  const full = (name: MetricName, head: string): Column => ({
    head,
    align: 'center',
    cells: alignOnUncertainty(rows.map((row) => textOf(row, name))),
  });
  const bare = (name: MetricName, head: string): Column => ({
    head,
    align: 'right',
    cells: rows.map((row) => bareText(row, name)),
  });
  const speed = full('generated', 'Speed(tokens/s)');
  const set = (columns: readonly Column[]): ColumnSet => ({ columns: [prompt, speed, ...columns], dropped: [] });
  return [
    set([
      full('decode', 'Decode(tok/s)'),
      full('total', 'Total(tok/s)'),
      full('prefill', 'Prefill(tok/s)'),
      full('ttft', 'TTFT(ms)'),
    ]),
    set([full('decode', 'Decode(tok/s)'), full('total', 'Total(tok/s)'), full('ttft', 'TTFT(ms)')]),
    set([bare('decode', 'Decode'), bare('total', 'Total'), full('ttft', 'TTFT(ms)')]),
    set([bare('decode', 'Decode'), bare('ttft', 'TTFT(ms)')]),
    set([]),
  ];
}

function bareText(row: EstimatedRow, name: MetricName): string {
  const value = valueOf(row, name)?.value ?? null;
  return value === null ? notAvailable : plainNumber(value);
}
