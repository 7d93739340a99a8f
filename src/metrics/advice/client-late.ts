import { formatSignificant } from '../../base/units.ts';
import type { Advice, SummaryRow } from '../../contract/summary.ts';
import { sendDelay } from '../definition/send-delay.ts';
import { ttft } from '../definition/ttft.ts';
import { rowName } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

const noticeableMs = 1;
const noticeableShare = 0.05;

/** The client sent requests of an open loop later than they were due, by more than a millisecond or 5 % of the usual TTFT. */
export function clientLate({ rows }: AdviceFacts): Advice | null {
  const late = rows.flatMap((row) => {
    const delayMs = upperDelay(row);
    const ttftMs = percentileOf(row, ttft.id, 50);
    const limitMs = Math.min(noticeableMs, noticeableShare * (ttftMs ?? Infinity));
    return delayMs !== null && delayMs.ms > limitMs ? [{ row, ...delayMs, ttftMs }] : [];
  });
  const worst = late.toSorted((one, other) => other.ms - one.ms)[0];
  if (worst === undefined) return null;
  const beside =
    worst.ttftMs === null
      ? ''
      : `, where half of the first tokens come within ${formatSignificant(worst.ttftMs, 3)} ms`;
  return {
    id: 'client-late',
    text:
      `The client was busy: ${worst.name} ${formatSignificant(worst.ms, 3)} ms late in ${rowName(worst.row)}${beside}. ` +
      'Times count from the request sent and leave this out, but stamps of tokens may be as late.',
    hint: 'run the client on a machine that does nothing else, lower --rate or --max-tokens, or try --busy-poll',
    rows: late.map(({ row }) => row.cell),
  };
}

// The 99th percentile, or the longest of a sample that is too small to have one.
function upperDelay(row: SummaryRow): { readonly ms: number; readonly name: string } | null {
  const percentile = percentileOf(row, sendDelay.id, 99);
  if (percentile !== null) return { ms: percentile, name: '1 % of its requests were sent at least' };
  const longest = row.values[sendDelay.id]?.spread?.max ?? null;
  return longest === null ? null : { ms: longest, name: 'a request was sent' };
}

function percentileOf(row: SummaryRow, metric: string, percent: number): number | null {
  return row.values[metric]?.percentiles.find((one) => one.percent === percent)?.value ?? null;
}
