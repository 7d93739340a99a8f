import type { Summary } from '../../contract/summary.ts';
import { estimateTitle } from '../estimate-notes.ts';
import { markup } from '../html/markup.ts';
import type { Markup } from '../html/markup.ts';
import { isLoad } from '../row-values.ts';
import { doubtOf } from './doubts.ts';
import { cardWidth, inner, margin, textAt } from './drawing.ts';
import type { Colour } from './drawing.ts';
import { cut, safeLine, widthOf } from './text.ts';

const kickerFont = { size: 14, weight: 600 } as const;
const nameFont = { size: 26, weight: 700 } as const;
const factFont = { size: 14 } as const;

/** What was measured, on what, and whether it can be believed. */
export function drawHead(summary: Summary): { body: Markup; bottom: number } {
  const isEstimate = summary.estimate !== null;
  const kind = isEstimate ? estimateTitle : isLoad(summary) ? 'Load benchmark' : 'Speed benchmark';
  const { text, colour } = stateOf(summary);
  const stateWidth = inner - widthOf(kind, kickerFont) - 24;
  const kicker = { ...kickerFont, y: 40 };
  const facts = [engineLine(summary), safeLine(summary.machine)];
  return {
    body: markup`${textAt({ ...kicker, x: margin, colour: isEstimate ? 'warn' : 'accent' }, kind)}${textAt(
      { ...kicker, x: cardWidth - margin, anchor: 'end', colour },
      cut(text, kickerFont, stateWidth),
    )}${textAt({ ...nameFont, x: margin, y: 76, colour: 'text' }, cut(nameOf(summary), nameFont, inner))}${facts.map(
      (fact, line) =>
        textAt({ ...factFont, x: margin, y: 102 + 20 * line, colour: 'soft' }, cut(fact, factFont, inner)),
    )}`,
    bottom: 154,
  };
}

/** The name of a run and its model. */
export function nameOf({ name, model }: Summary): string {
  return safeLine(name === null ? model : `${name} · ${model}`, 200);
}

export function engineLine({ engine }: Summary): string {
  const { name, version, device, dtype } = engine;
  const parts = [version === null ? name : `${name} ${version}`, device, dtype];
  return parts.flatMap((part) => (part === null || part === '' ? [] : [safeLine(part)])).join(' · ');
}

function stateOf(summary: Summary): { text: string; colour: Colour } {
  const { rows, state, estimate, engine, workload } = summary;
  const valid = rows.filter((row) => row.valid).length;
  const inDoubt = rows.map((row) => doubtOf(row, summary));
  const isBad = state !== 'complete' || valid < rows.length || rows.length === 0;
  const doubts = [
    ...(['disturbed', 'doubtful'] as const).flatMap((doubt) => {
      const count = inDoubt.filter((one) => one === doubt).length;
      return count === 0 ? [] : [`${count} ${doubt}`];
    }),
    ...(engine.weights === 'dummy' ? ['dummy weights'] : []),
    ...(workload.scale === null ? [] : ['scaled lengths']),
  ];
  const parts = [
    ...(state === 'complete' ? [] : ['stopped early']),
    ...(estimate === null ? [`${valid} of ${rows.length} rows valid`] : []),
    ...doubts,
  ];
  return { text: parts.join(' · '), colour: isBad ? 'bad' : doubts.length > 0 ? 'warn' : 'good' };
}
