import { formatSignificant } from '../base/units.ts';
import type { Summary } from '../contract/summary.ts';
import type { ServerFigure } from '../contract/server-truth.ts';

/** How far the server's own figures and the client's are apart, at most over the rows; null where no server told any. */
export function serverText({ rows, advice }: Summary): string | null {
  const truths = rows.flatMap(({ serverTruth }) => serverTruth ?? []);
  if (truths.length === 0) return null;
  const sources = [...new Set(truths.map(({ source }) => source))].join(', ');
  const figures = truths.flatMap((truth) => truth.figures.filter(({ client }) => client !== null));
  const reasons = [...new Set(truths.flatMap(({ reason }) => reason ?? []))];
  const unused = truths.filter(({ reason }) => reason !== null).length;
  const ofRows = rows.length === 1 ? '' : ` for ${unused} of ${rows.length} rows`;
  const left = unused === 0 ? [] : [`not used${ofRows}: ${reasons.join('; ')}`];
  const agrees = advice.some(({ id }) => id === 'server-gap') ? 'differs' : 'agrees';
  const gaps = gapTexts(figures);
  const told = gaps.length === 0 ? [] : [`${agrees}: ${gaps.join(', ')}`];
  return told.length + left.length === 0 ? null : `${sources} ${[...told, ...left].join('; ')}`;
}

function gapTexts(figures: readonly ServerFigure[]): string[] {
  const widest = new Map<string, ServerFigure>();
  for (const figure of figures) {
    const other = widest.get(figure.id);
    if (other === undefined || sizeOf(figure) > sizeOf(other)) widest.set(figure.id, figure);
  }
  const found = [...widest.values()];
  const equal = found.filter((figure) => figure.unit === 'tokens' && sizeOf(figure) === 0);
  const told = found.filter((figure) => !equal.includes(figure)).map((figure) => `${figure.label} ${gapText(figure)}`);
  return equal.length === 0 ? told : [...told, 'tokens equal'];
}

// A large share of a short time may be less than HTTP itself takes: then the time says more.
function gapText(figure: ServerFigure): string {
  const { unit, server, client } = figure;
  const percent = sizeOf(figure);
  if (percent === 0) return 'equal';
  const ms = Math.abs((client ?? server) - server);
  if (unit === 'ms' && percent > 2 && ms < 1) return `within ${formatSignificant(ms, 1)} ms`;
  return percent < 0.1 ? 'within 0.1 %' : `within ${formatSignificant(percent, 2)} %`;
}

function sizeOf({ gapPercent }: ServerFigure): number {
  return Math.abs(gapPercent ?? 0);
}
