import { formatDuration, formatSignificant } from '../../base/units.ts';
import type { Advice, SummaryRow } from '../../contract/summary.ts';
import { latency } from '../definition/latency.ts';
import { inFlightGrowth, type InFlightGrowth } from '../in-flight-growth.ts';
import { requestsByPass } from '../passes.ts';
import { rowName } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** Of the requests sent, so many may be left over before it is told. */
const tolerated = 0.05;
// What is in flight varies by itself about as its square root; more than three times that is no chance.
const chance = 3;

/** In an open loop the server answered fewer requests than arrived, so that what was in flight grew through the pass. */
export function fallsBehind({ rows, tally }: AdviceFacts): Advice | null {
  const behind = rows.flatMap((row) => {
    if (row.arrival === null) return [];
    const growths = requestsByPass(tally.measuredOf(row.cell)).flatMap((requests) => inFlightGrowth(requests) ?? []);
    const worst = growths.filter(isBehind).toSorted((one, other) => shareLeft(other) - shareLeft(one))[0];
    return worst === undefined ? [] : [{ row, growth: worst }];
  });
  const [first] = behind;
  if (first === undefined) return null;
  return { id: 'falls-behind', ...words(first.row, first.growth), rows: behind.map(({ row }) => row.cell) };
}

function isBehind(growth: InFlightGrowth): boolean {
  const left = growth.later - growth.earlier;
  return shareLeft(growth) > tolerated && left > chance * Math.sqrt(Math.max(1, growth.earlier));
}

function shareLeft({ earlier, later, sentBetween }: InFlightGrowth): number {
  return (later - earlier) / sentBetween;
}

function words(row: SummaryRow, growth: InFlightGrowth): Pick<Advice, 'text' | 'hint'> {
  const { earlier, later, sendingNs } = growth;
  const grew =
    `In ${rowName(row)} ${formatSignificant(earlier, 3)} requests were in flight in the second quarter of the pass and ` +
    `${formatSignificant(later, 3)} in the last`;
  const fastestMs = row.values[latency.id]?.spread?.min ?? 0;
  if (fastestMs > sendingNs / 4e6) {
    return {
      text:
        `${grew}: an answer takes at least ${formatDuration(fastestMs)}, and requests arrived for no more than ` +
        `${formatDuration(sendingNs / 1e6)}, so that the load was never steady.`,
      hint: 'raise --number: arrivals for at least 10 times as long as an answer takes',
    };
  }
  const answered = formatSignificant(Math.max(0, 100 * (1 - shareLeft(growth))), 3);
  return {
    text:
      `${grew}: the server answered about ${answered} % of what arrived in between. Requests wait in a line that grows, and ` +
      'times tell the length of the pass more than the server.',
    hint: 'lower --rate until as many are answered as arrive; --parallel measures the most that the server can do',
  };
}
