/**
 * The answer of a run as a picture for a README or a chat. Comes in: a Summary. Goes out: one SVG file without scripts, fonts or
 * network. Says as plainly as the table which numbers can't be trusted, and escapes all that it is given. Knows no metric.
 */
import type { Summary } from '../../contract/summary.ts';
import { markup } from '../html/markup.ts';
import type { Markup } from '../html/markup.ts';
import { isLoad } from '../row-values.ts';
import { drawHead, engineLine, nameOf } from './card-head.ts';
import { cardNotes, marksOf } from './card-notes.ts';
import type { CardNote } from './card-notes.ts';
import { cardTable, estimateTable, rowInWords } from './card-table.ts';
import type { CardTable } from './card-table.ts';
import { drawTable } from './draw-table.ts';
import { cardWidth, lineAt, margin, picture, textAt } from './drawing.ts';
import { cut, safeLine, widthOf, wrap } from './text.ts';

const mostRows = 8;

/** The card, ending in a line break. */
export function renderCard(summary: Summary): string {
  const notes = cardNotes(summary);
  const { table, marks, left } = shownRows(summary, notes);
  const head = drawHead(summary);
  const rows = table === null ? drawEmpty(summary, head.bottom) : drawTable(table, marks, head.bottom);
  const foot = drawFoot({ summary, notes, left, top: rows.bottom });
  return picture({
    title: `${nameOf(summary)}: ${isLoad(summary) ? 'load' : 'speed'} benchmark`,
    description: describe(summary, table, notes),
    height: foot.bottom,
    body: markup`${head.body}${rows.body}${foot.body}`,
  });
}

interface ShownRows {
  /** null: there is no row. */
  readonly table: CardTable | null;
  readonly marks: readonly string[];
  /** Rows that there is no room for. */
  readonly left: number;
}

function shownRows(summary: Summary, notes: readonly CardNote[]): ShownRows {
  const { estimate } = summary;
  if (estimate !== null) {
    const shown = estimate.rows.slice(0, mostRows);
    const table = shown.length === 0 ? null : estimateTable(shown);
    return { table, marks: [], left: estimate.rows.length - shown.length };
  }
  const shown = summary.rows.slice(0, mostRows);
  return {
    table: shown.length === 0 ? null : cardTable(summary, shown),
    marks: shown.map((row) => marksOf(row, notes)),
    left: summary.rows.length - shown.length,
  };
}

interface Part {
  readonly body: Markup;
  readonly bottom: number;
}

function drawEmpty({ estimate }: Summary, top: number): Part {
  const text = estimate === null ? 'No row was measured.' : 'No row can be predicted.';
  return { body: textAt({ x: margin, y: top + 16, size: 16, weight: 600, colour: 'bad' }, text), bottom: top + 36 };
}

const noteFont = { size: 13 } as const;
const labelFont = { size: 13, weight: 600 } as const;
const longestLabel = 190;
const lineHeight = 19;

function drawFoot(parts: { summary: Summary; notes: readonly CardNote[]; left: number; top: number }): Part {
  const { summary, notes, left, top } = parts;
  const labels = notes.map(({ label }) => cut(safeLine(label), labelFont, longestLabel));
  const textStart = margin + Math.max(0, ...labels.map((label) => widthOf(label, labelFont))) + 14;
  const width = cardWidth - margin - textStart;
  const drawn: Markup[] = [];
  let y = top + 26;
  if (left > 0) {
    const text = `and ${left} more ${left === 1 ? 'row' : 'rows'} in report.html`;
    drawn.push(textAt({ ...labelFont, x: margin, y, colour: 'text' }, text));
    y += lineHeight + 4;
  }
  for (const [place, { text, colour, lines }] of notes.entries()) {
    drawn.push(textAt({ ...labelFont, x: margin, y, colour }, labels[place] ?? ''));
    for (const line of wrap(safeLine(text, 1000), noteFont, { width, most: lines })) {
      drawn.push(textAt({ ...noteFont, x: textStart, y, colour: colour === 'soft' ? 'soft' : 'text' }, line));
      y += lineHeight;
    }
  }
  const last = { ...noteFont, y: y + 24, colour: 'soft' } as const;
  const body = markup`${lineAt(top)}${drawn}${lineAt(y - 2)}${textAt(
    { ...last, x: margin },
    safeLine(summary.startedAt.slice(0, 10)),
  )}${textAt({ ...last, x: cardWidth - margin, anchor: 'end', weight: 600 }, `Tokometer ${safeLine(summary.tokometer, 40)}`)}`;
  return { body, bottom: y + 44 };
}

function describe(summary: Summary, table: CardTable | null, notes: readonly CardNote[]): string {
  const rows = table === null ? [] : table.trust.map((_, place) => rowInWords(table, place));
  const told = notes
    .filter(({ colour }) => colour !== 'soft')
    .map(({ label, text }) => `${safeLine(label)}: ${safeLine(text)}.`);
  return [`${engineLine(summary)}; ${safeLine(summary.machine)}.`, ...rows, ...told].join(' ');
}
