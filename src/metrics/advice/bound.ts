import { formatSignificant } from '../../base/units.ts';
import type { BoundBy, RowBound } from '../../contract/calibration.ts';
import type { Advice, SummaryRow } from '../../contract/summary.ts';
import { rowName } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** The client takes a part of what was measured. Requests that were only sent late have an advice of their own. */
export function clientBound({ rows }: AdviceFacts): Advice | null {
  const bound = rowsBoundBy(rows, 'client').filter(({ bound: { because } }) => because.some((one) => one !== 'late'));
  const [first] = bound;
  if (first === undefined) return null;
  return {
    id: 'client-bound',
    text: `Client-bound: the client's own part is large in ${rowName(first.row)}, ${clientText(first.bound)}.`,
    hint: 'send a load on more threads (--client-threads), and run the client on an idle, faster machine',
    rows: bound.map(({ row }) => row.cell),
  };
}

/** The network takes a part of the time to first token. */
export function pathBound({ rows }: AdviceFacts): Advice | null {
  const bound = rowsBoundBy(rows, 'path');
  const [first] = bound;
  if (first === undefined) return null;
  const { roundTripMs, roundTripShare } = first.bound;
  return {
    id: 'path-bound',
    text:
      `Path-bound: a round trip to the server takes ${formatSignificant(roundTripMs ?? 0, 3)} ms, ` +
      `${percent(roundTripShare)} of the time to first token in ${rowName(first.row)}.`,
    hint: 'run the client near the server',
    rows: bound.map(({ row }) => row.cell),
  };
}

function rowsBoundBy(rows: readonly SummaryRow[], by: BoundBy): { row: SummaryRow; bound: RowBound }[] {
  return rows.flatMap((row) => (row.bound?.by === by ? [{ row, bound: row.bound }] : []));
}

function clientText({ because, ttftShare, gapShare, rateShare }: RowBound): string {
  const parts = [
    ...(because.includes('ttft') ? [`up to ${percent(ttftShare)} of the time to first token`] : []),
    ...(because.includes('gap') ? [`up to ${percent(gapShare)} of a gap between tokens`] : []),
    ...(because.includes('rate') ? [`${percent(rateShare)} of the token rate that it can take`] : []),
  ];
  return parts.join(', ');
}

function percent(share: number | null): string {
  return `${formatSignificant(100 * (share ?? 0), 2)} %`;
}
