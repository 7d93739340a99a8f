import type { Advice, SummaryRow, SummaryValue } from '../../contract/summary.ts';
import { rowName } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** More of the hardware would have been used than there is. */
export function abovePeak({ rows }: AdviceFacts): Advice | null {
  const above = rows.flatMap((row) =>
    [row.values['bandwidth_use'], row.values['compute_use']]
      .filter((value): value is SummaryValue => (value?.value ?? 0) > 100)
      .map((value): { row: SummaryRow; value: SummaryValue } => ({ row, value })),
  );
  const first = above[0];
  if (first === undefined) return null;
  return {
    id: 'above-peak',
    text:
      `${first.value.label} would be ${(first.value.value ?? 0).toFixed(0)} % (${first.value.method}, ${rowName(first.row)}): ` +
      'the engine read or computed less than the model says, or the peak is another.',
    hint: 'look for a cache, speculative decoding, or weights stored otherwise; --peak-bandwidth and --peak-tflops give other peaks',
    rows: [...new Set(above.map(({ row }) => row.cell))],
  };
}
