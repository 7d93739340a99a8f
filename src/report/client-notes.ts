import { formatSignificant } from '../base/units.ts';
import type { RowBound } from '../contract/calibration.ts';
import type { Summary } from '../contract/summary.ts';
import { isLoad, notAvailable } from './row-values.ts';

/** What limits the numbers of the rows, and what of them is the client's own; null: nothing to say. */
export function clientText(summary: Summary): string | null {
  const { rows, calibration, engine } = summary;
  const bounds = rows.map(({ bound }) => bound);
  const known = bounds.filter((bound) => bound !== null);
  if (known.length > 0) return boundText(bounds, known);
  if (calibration !== null && calibration.misfit !== null)
    return `not judged: ${calibration.misfit} (tokometer doctor --calibrate)`;
  // One request at a time seldom keeps a client busy: no word of it in every speed run.
  if (calibration !== null || engine.url === null || !isLoad(summary)) return null;
  return 'not judged: tokometer doctor --calibrate lets rows be told server-bound or client-bound';
}

function boundText(bounds: readonly (RowBound | null)[], known: readonly RowBound[]): string {
  const kinds = bounds.map((bound) => (bound === null ? 'not judged' : `${bound.by}-bound`));
  const kind = new Set(kinds).size === 1 ? (kinds[0] ?? '') : kinds.join(' / ');
  const listed = (share: (bound: RowBound) => number | null): string | null =>
    known.every((bound) => share(bound) === null)
      ? null
      : `${bounds.map((bound) => percentText(bound === null ? null : share(bound))).join(' / ')} %`;
  const own = [
    ['of TTFT', listed(({ ttftShare }) => ttftShare)],
    ['of a token gap', listed(({ gapShare }) => gapShare)],
  ].flatMap(([what, text]) => (text === null ? [] : [`${text} ${what}`]));
  const parts = [
    ...(own.length === 0 ? [] : [`the client's own share is at most ${own.join(', ')}`]),
    ...used(listed(({ rateShare }) => rateShare)),
    ...roundTrip(
      known,
      listed(({ roundTripShare }) => roundTripShare),
    ),
  ];
  return `${kind}: ${parts.join('; ')}${bounds.length > 1 ? '; row by row' : ''}`;
}

function used(text: string | null): string[] {
  return text === null ? [] : [`it used ${text} of the token rate that it can take`];
}

function roundTrip([first]: readonly RowBound[], text: string | null): string[] {
  if (first === undefined || first.roundTripMs === null) return [];
  const share = text === null ? '' : `, beyond this machine ${text} of TTFT`;
  return [`round trip ${formatSignificant(first.roundTripMs, 2)} ms${share}`];
}

function percentText(share: number | null): string {
  return share === null ? notAvailable : formatSignificant(100 * share, 2);
}
