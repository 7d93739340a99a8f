import { formatSignificant } from '../../base/units.ts';
import type { Advice } from '../../contract/summary.ts';
import { concurrency } from '../definition/concurrency.ts';
import type { AdviceFacts } from './rule.ts';

const leastShare = 0.9;

/** Fewer requests were in flight than asked for, over passes that were whole and without a failure. */
export function lowConcurrency({ rows }: AdviceFacts): Advice | null {
  const low = rows.flatMap((row) => {
    const reached = row.values[concurrency.id]?.value ?? null;
    const isWhole = row.kind === 'load' && row.counts.measured >= row.counts.planned;
    if (row.parallel === null || !isWhole || reached === null || reached >= leastShare * row.parallel) return [];
    return [{ row, reached }];
  });
  const [first] = low;
  if (first === undefined) return null;
  return {
    id: 'low-concurrency',
    text:
      `On average ${formatSignificant(first.reached, 3)} of ${first.row.parallel} requests were in flight: ` +
      'the beginning and the end of the pass, where fewer are, weigh much in it.',
    hint: 'raise --number: at least 10 times --parallel lets the ends weigh little',
    rows: low.map(({ row }) => row.cell),
  };
}
