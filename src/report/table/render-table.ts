/**
 * The end of a run on a terminal. Comes in: a Summary and the width. Goes out: the documents' table, what it left out,
 * and a footnote for each thing that a careful reader would ask. Knows no metric, no file and no terminal.
 */
import { styleText } from 'node:util';
import CliTable from 'cli-table3';
import { oneLine } from '../../base/escape.ts';
import type { Summary } from '../../contract/summary.ts';
import { estimateTitle, probesTitle } from '../estimate-notes.ts';
import { noteRowsLabel, rowNotes, superscript } from '../row-notes.ts';
import type { RowNote } from '../row-notes.ts';
import { reportPath, runNotes } from '../run-notes.ts';
import type { RunNote } from '../run-notes.ts';
import { isLoad } from '../row-values.ts';
import { columnSets } from './columns.ts';
import type { ColumnSet } from './columns.ts';
import { estimateColumnSets } from './estimate-table.ts';
import { throughputColumnSets, timeColumnSets } from './load-columns.ts';
import { displayWidth, padToWidth, wrapToWidth } from './text-layout.ts';

export interface TableOptions {
  /** Columns of the terminal. The table takes more only where its first three columns need it. */
  readonly width: number;
  readonly colour: boolean;
}

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'cyan';
type Paint = (style: Style, text: string) => string;

interface Footnote {
  readonly label: string;
  readonly text: string;
  readonly style: Style;
}

/** The result of a run as text, ending in a line break. */
export function renderTable(summary: Summary, options: TableOptions): string {
  const paint: Paint = (style, text) => (options.colour ? styleText(style, text, { validateStream: false }) : text);
  const notes = rowNotes(summary);
  const tables = tablesOf(summary, notes).map(({ title, sets }) => ({
    title,
    set: firstThatFits(sets, options.width),
  }));
  return [
    ...estimateTable(summary, options, paint),
    ...tables.flatMap(({ title, set }) => [
      paint('bold', title),
      summary.rows.length === 0 ? 'no row was measured' : boxTable(set, summary.rows, paint),
    ]),
    ...layOut(footnotes({ summary, notes, sets: tables.map(({ set }) => set) }), options.width, paint),
    '',
  ].join('\n');
}

function estimateTable({ estimate }: Summary, options: TableOptions, paint: Paint): string[] {
  if (estimate === null) return [];
  const set = firstThatFits(estimateColumnSets(estimate), options.width);
  const shown = estimate.rows.map(() => ({ valid: true }));
  return [
    paint('bold', estimateTitle),
    estimate.reason === null ? boxTable(set, shown, paint) : `no estimate: ${oneLine(estimate.reason)}`,
  ];
}

function tablesOf(summary: Summary, notes: readonly RowNote[]): { title: string; sets: readonly ColumnSet[] }[] {
  if (!isLoad(summary)) {
    const title = summary.estimate === null ? 'Speed Benchmark Results:' : probesTitle;
    return [{ title, sets: columnSets(summary, notes) }];
  }
  return [
    { title: 'Load Benchmark Results:', sets: throughputColumnSets(summary, notes) },
    { title: 'Times in ms:', sets: timeColumnSets(summary) },
  ];
}

function firstThatFits(sets: readonly ColumnSet[], width: number): ColumnSet {
  const fitting = sets.find((set) => widthOf(set) <= width) ?? sets.at(-1);
  return fitting ?? { columns: [], dropped: [] };
}

// Two spaces and a border a column, and one border more.
function widthOf({ columns }: ColumnSet): number {
  return columns.reduce(
    (sum, { head, cells }) => sum + Math.max(head.length, ...cells.map((cell) => cell.length)) + 3,
    1,
  );
}

function boxTable({ columns }: ColumnSet, rows: readonly { readonly valid: boolean }[], paint: Paint): string {
  const table = new CliTable({
    head: columns.map((column) => paint('bold', column.head)),
    colAligns: columns.map((column) => column.align),
    style: { head: [], border: [], 'padding-left': 1, 'padding-right': 1, compact: true },
  });
  rows.forEach((row, index) => {
    const cells = columns.map((column) => column.cells[index] ?? '');
    table.push(row.valid ? cells : cells.map((cell) => paint('red', cell)));
  });
  return table.toString().replaceAll(/[─│┌┬┐├┼┤└┴┘]+/g, (border) => paint('dim', border));
}

function footnotes(parts: { summary: Summary; notes: readonly RowNote[]; sets: readonly ColumnSet[] }): Footnote[] {
  const { summary, notes, sets } = parts;
  const general = runNotes(summary).map((note) => ({ label: note.label, text: note.text, style: styleOf(note) }));
  const given = summary.rows.length === 0 ? [] : sets.flatMap((set) => set.dropped);
  const dropped = given.map((one) => ({ ...one, style: 'dim' as const }));
  const ofRows = notes.map((note) => ({
    label: `${superscript(note.number)} ${noteRowsLabel(note, summary)}`,
    text: note.text,
    style: note.kind === 'invalid' ? ('red' as const) : note.kind === 'advice' ? ('cyan' as const) : ('dim' as const),
  }));
  const path = reportPath(summary);
  const report = path === null ? [] : [{ label: 'Report', text: path, style: 'dim' as const }];
  const urgent = general.filter((note) => note.style !== 'dim');
  const calm = general.filter((note) => note.style === 'dim');
  return [...dropped, ...calm, ...ofRows, ...urgent, ...report];
}

function styleOf(note: RunNote): Style {
  if (note.kind === 'fact') return 'dim';
  return note.kind === 'advice' ? 'cyan' : 'yellow';
}

const longestLabel = 20;

// Two columns; a label that is too long for its column takes a line of its own.
function layOut(list: readonly Footnote[], width: number, paint: Paint): string[] {
  const labelWidth = Math.max(0, ...list.map(({ label }) => displayWidth(label)).filter((one) => one <= longestLabel));
  const textWidth = Math.max(20, width - labelWidth - 2);
  return list.flatMap(({ label, text, style }) => {
    const lines = wrapToWidth(oneLine(text, 2000), textWidth);
    const long = displayWidth(label) > labelWidth;
    const indent = ' '.repeat(labelWidth + 2);
    const first = long ? indent : `${paint(style, padToWidth(label, labelWidth))}  `;
    const head = long ? wrapToWidth(label, Math.max(width, 20)).map((line) => paint(style, line)) : [];
    return [...head, ...lines.map((line, index) => (index === 0 ? first : indent) + line)];
  });
}
