import { formatSignificant } from '../../base/units.ts';
import type { Advice } from '../../contract/summary.ts';
import type { ServerFigure } from '../../contract/server-truth.ts';
import { isApart } from '../server-truth/server-figure.ts';
import { rowName } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** The server's own figures and the client's disagree. */
export function serverGap({ rows }: AdviceFacts): Advice | null {
  const apart = rows.flatMap((row) => {
    const figures = row.serverTruth?.figures.filter(isApart) ?? [];
    return figures.length === 0 ? [] : [{ row, figures, source: row.serverTruth?.source ?? '' }];
  });
  const [first] = apart;
  if (first === undefined) return null;
  const isTime = first.figures.some(({ unit }) => unit === 'ms');
  return {
    id: 'server-gap',
    text:
      `The client and the server disagree: ${first.figures.map(figureText).join('; ')} ` +
      `(${first.source}, ${rowName(first.row)}).`,
    hint: isTime
      ? 'the server counts from the arrival of the whole request to a token that is made: HTTP, the network, a proxy or a ' +
        'busy client lies between; measure on the machine of the server'
      : 'the two count tokens in different ways: see which ones the server adds',
    rows: apart.map(({ row }) => row.cell),
  };
}

function figureText({ label, unit, client, server, gapPercent }: ServerFigure): string {
  const [seen, said] = [client ?? 0, server].map((value) => formatSignificant(value));
  const own = unit === 'ms' ? 'clock' : 'count';
  return `${label} ${seen} ${unit} here, ${said} ${unit} by the server's own ${own} (${formatSignificant(gapPercent ?? 0, 2)} %)`;
}
