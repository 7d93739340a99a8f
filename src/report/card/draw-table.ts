import { markup } from '../html/markup.ts';
import type { Markup } from '../html/markup.ts';
import type { CardColumn, CardTable } from './card-table.ts';
import { barAt, cardWidth, inner, lineAt, margin, textAt } from './drawing.ts';
import { widthOf } from './text.ts';
import type { Font } from './text.ts';

const fonts = {
  main: { size: 16, weight: 700 },
  value: { size: 16, weight: 400 },
  uncertainty: { size: 13, weight: 400 },
  head: { size: 13, weight: 600 },
  unit: { size: 12, weight: 400 },
  trust: { size: 13, weight: 700 },
} as const satisfies Readonly<Record<string, Font>>;

const headHeight = 52;
const rowHeight = 30;
const gap = 24;
const betweenValueAndUncertainty = 6;
const leastBar = 60;

/** A column in its place: values end at `valueEnd`, what is uncertain of them follows. */
interface PlacedColumn {
  readonly column: CardColumn;
  readonly isMain: boolean;
  readonly width: number;
  readonly valueEnd: number;
}

interface Layout {
  readonly columns: readonly PlacedColumn[];
  readonly barStart: number;
  readonly barWidth: number;
}

/** Draws the table from `top` down; returns where it ends. `marks`: of each row the numbers of its notes. */
export function drawTable(table: CardTable, marks: readonly string[], top: number): { body: Markup; bottom: number } {
  const words = table.trust.map(({ text }, place) =>
    [text, marks[place] ?? ''].filter((word) => word !== '').join(' '),
  );
  const trustWidth = Math.max(...words.map((text) => widthOf(text, fonts.trust)));
  const { columns, barStart, barWidth } = layOut(table, trustWidth);
  const rows = table.trust.map(({ text, colour }, place) => {
    const y = top + headHeight + place * rowHeight;
    const bad = text === 'not valid';
    const share = table.bars[place] ?? null;
    const weight = colour === 'good' ? fonts.value.weight : fonts.trust.weight;
    const trustPlace = { x: cardWidth - margin - trustWidth, y, size: fonts.trust.size, weight, colour } as const;
    return markup`${lineAt(y - 20)}${columns.map((column) => cell(column, place, { y, bad }))}${
      share === null ? null : barAt(barStart, y - 11, share * barWidth, bad)
    }${textAt(trustPlace, words[place] ?? '')}`;
  });
  return {
    body: markup`${columns.map((column) => head(column, top))}${rows}`,
    bottom: top + headHeight + (table.trust.length - 1) * rowHeight + 10,
  };
}

// What is left of the width is the bars'; columns give way until there is enough.
function layOut({ label, main, choices }: CardTable, trustWidth: number): Layout {
  const widths = (choice: readonly CardColumn[]): number =>
    [widthOfColumn(label, true), widthOfColumn(main, true), ...choice.map((one) => widthOfColumn(one, false))].reduce(
      (sum, one) => sum + one + gap,
      gap + trustWidth,
    );
  const choice = choices.find((one) => inner - widths(one) >= leastBar) ?? choices.at(-1) ?? [];
  const barWidth = Math.max(0, inner - widths(choice));
  const name = placed(label, margin, true);
  const barStart = margin + name.width + gap;
  const columns = [name];
  let start = barStart + barWidth + gap;
  for (const column of [main, ...choice]) {
    const one = placed(column, start, column === main);
    columns.push(one);
    start += one.width + gap;
  }
  return { columns, barStart, barWidth };
}

function head({ column, valueEnd }: PlacedColumn, top: number): Markup {
  const place = { x: valueEnd, colour: 'soft', anchor: 'end' } as const;
  const unit = column.unit === '' ? null : textAt({ ...place, ...fonts.unit, y: top + 22 }, column.unit);
  return markup`${textAt({ ...place, ...fonts.head, y: top + 6 }, column.head)}${unit}`;
}

function cell(
  { column, valueEnd, isMain }: PlacedColumn,
  place: number,
  { y, bad }: { y: number; bad: boolean },
): Markup {
  const { value = '', uncertainty = '' } = column.cells[place] ?? {};
  const font = isMain ? fonts.main : fonts.value;
  const number = textAt({ ...font, x: valueEnd, y, colour: bad ? 'bad' : 'text', anchor: 'end' }, value);
  if (uncertainty === '') return number;
  const beside = { ...fonts.uncertainty, x: valueEnd + betweenValueAndUncertainty, y, colour: 'soft' } as const;
  return markup`${number}${textAt(beside, uncertainty)}`;
}

function placed(column: CardColumn, start: number, isMain: boolean): PlacedColumn {
  const width = widthOfColumn(column, isMain);
  return { column, isMain, width, valueEnd: start + width - widthOfUncertainty(column) };
}

function widthOfColumn(column: CardColumn, isMain: boolean): number {
  const values = column.cells.map(({ value }) => widthOf(value, isMain ? fonts.main : fonts.value));
  const heads = [widthOf(column.head, fonts.head), widthOf(column.unit, fonts.unit)];
  return Math.max(...values, ...heads) + widthOfUncertainty(column);
}

function widthOfUncertainty({ cells }: CardColumn): number {
  const widest = Math.max(0, ...cells.map(({ uncertainty }) => widthOf(uncertainty, fonts.uncertainty)));
  return widest === 0 ? 0 : widest + betweenValueAndUncertainty;
}
