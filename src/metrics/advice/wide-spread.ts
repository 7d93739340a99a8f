import { mean } from '../../stats/mean.ts';
import type { Advice, SummaryRow } from '../../contract/summary.ts';
import { decodeSpeed } from '../definition/decode-speed.ts';
import { generatedSpeed } from '../definition/generated-speed.ts';
import { rowName } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

const largestSpread = 0.05;

/** Repetitions scatter: the standard deviation of a speed is above 5 % of its mean. */
export function wideSpread({ rows }: AdviceFacts): Advice | null {
  const wide = rows.flatMap((row) => {
    const worst = [generatedSpeed, decodeSpeed]
      .map((metric) => ({ label: metric.label, share: relativeDeviation(row, metric.id) }))
      .toSorted((a, b) => b.share - a.share)[0];
    return worst !== undefined && worst.share > largestSpread ? [{ row, ...worst }] : [];
  });
  const worst = wide.toSorted((a, b) => b.share - a.share)[0];
  if (worst === undefined) return null;
  return {
    id: 'wide-spread',
    text:
      `Repetitions scatter: the standard deviation of "${worst.label}" is ${(100 * worst.share).toFixed(0)} % ` +
      `of its mean in ${rowName(worst.row)}.`,
    hint: 'keep the machine idle, or raise --repetitions',
    rows: wide.map((one) => one.row.cell),
  };
}

function relativeDeviation(row: SummaryRow, metricId: string): number {
  const value = row.values[metricId];
  const deviation = value?.spread?.standardDeviation ?? null;
  return value === undefined || deviation === null ? 0 : deviation / mean(value.raw);
}
