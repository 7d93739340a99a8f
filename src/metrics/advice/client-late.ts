import { formatSignificant } from '../../base/units.ts';
import type { Advice } from '../../contract/summary.ts';
import { lateSends } from '../late-sends.ts';
import { rowName } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** The client sent requests of an open loop later than they were due, by more than a millisecond or 5 % of the usual TTFT. */
export function clientLate({ rows }: AdviceFacts): Advice | null {
  const late = rows.flatMap((row) => {
    const delay = lateSends(row.values);
    return delay === null ? [] : [{ row, ...delay }];
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
