/** What a query gave, or the tables that it may ask, as text. Comes in: names of columns and lines of plain values. */
import CliTable from 'cli-table3';

import { csvLine } from '../../base/csv.ts';
import { oneLine } from '../../base/escape.ts';
import type { Field } from '../../contract/export.ts';
import { escapeMarkdown, markdownTable } from '../markdown-text.ts';
import { cutToWidth, displayWidth } from './text-layout.ts';

interface Lines {
  readonly columns: readonly string[];
  readonly lines: readonly (readonly Field[])[];
}

/** A result in a form of choice, ending in a line break. `width`: columns of the terminal; long texts are cut to fit. */
export function renderQuery(result: Lines, format: 'table' | 'csv' | 'json' | 'markdown', width: number): string {
  const { columns, lines } = result;
  if (format === 'csv') return [columns, ...lines].map(csvLine).join('');
  if (format === 'json') {
    const objects = lines.map((line) => Object.fromEntries(columns.map((name, place) => [name, line[place] ?? null])));
    return `${JSON.stringify(objects, null, 2)}\n`;
  }
  const isNumeric = columns.map((_, place) => lines.every((line) => typeof (line[place] ?? 0) === 'number'));
  const cells = lines.map((line) => line.map(cellText));
  if (format === 'markdown') {
    const alignments = isNumeric.map((one) => (one ? ('right' as const) : ('left' as const)));
    const escaped = cells.map((line) => line.map((cell) => escapeMarkdown(oneLine(cell, 1000))));
    return `${markdownTable(columns.map(escapeMarkdown), alignments, escaped).join('\n')}\n`;
  }
  return boxTable(columns, cells, { isNumeric, width });
}

function boxTable(
  columns: readonly string[],
  cells: readonly (readonly string[])[],
  { isNumeric, width }: { isNumeric: readonly boolean[]; width: number },
): string {
  const widest = widthsThatFit(columns, cells, { isNumeric, width });
  const cut = (line: readonly string[]): string[] =>
    line.map((cell, place) => cutToWidth(oneLine(cell, 1000), widest[place] ?? width));
  const table = new CliTable({
    head: cut(columns),
    colAligns: isNumeric.map((one) => (one ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  for (const line of cells) table.push(cut(line));
  const count = cells.length === 1 ? '1 line' : `${cells.length} lines`;
  return `${table.toString()}\n${count}\n`;
}

const narrowestText = 12;

// Numbers are never cut; the widest texts give way, down to a width at which they still say something.
function widthsThatFit(
  columns: readonly string[],
  cells: readonly (readonly string[])[],
  { isNumeric, width }: { isNumeric: readonly boolean[]; width: number },
): number[] {
  const widths = columns.map((name, place) =>
    Math.max(displayWidth(name), ...cells.map((line) => displayWidth(oneLine(line[place] ?? '', 1000)))),
  );
  const total = (): number => widths.reduce((sum, one) => sum + one + 3, 1);
  while (total() > width) {
    const texts = widths.map((one, place) => (isNumeric[place] === true ? 0 : one));
    const most = Math.max(...texts);
    if (most <= narrowestText) break;
    widths[texts.indexOf(most)] = Math.max(narrowestText, most - (total() - width));
  }
  return widths;
}

function cellText(field: Field): string {
  if (field === null) return '';
  if (typeof field !== 'number' || Number.isInteger(field)) return String(field);
  return String(Number(field.toPrecision(6)));
}

/** The tables that a query sees, for a terminal: a column a line. */
export function renderTableForms(
  forms: readonly {
    readonly name: string;
    readonly describe: string;
    readonly columns: readonly { readonly name: string; readonly type: string; readonly describe: string }[];
  }[],
): string {
  const width = Math.max(...forms.flatMap(({ columns }) => columns.map(({ name }) => name.length)));
  return forms
    .map(({ name, describe, columns }) => {
      const lines = columns.map((one) => `  ${one.name.padEnd(width)}  ${one.type.padEnd(9)}  ${one.describe}\n`);
      return `${name}: ${describe}\n${lines.join('')}`;
    })
    .join('\n');
}
