import { oneLine } from '../../base/escape.ts';
import type { Summary } from '../../contract/summary.ts';
import { escapeMarkdown, foldedNotes, markdownTable } from '../markdown-text.ts';
import { noteRowsLabel, rowNotes, superscript } from '../row-notes.ts';
import type { RowNote } from '../row-notes.ts';
import { isLoad } from '../row-values.ts';
import { runNotes } from '../run-notes.ts';
import type { RunNote } from '../run-notes.ts';
import { columnSets } from './columns.ts';
import type { ColumnSet } from './columns.ts';
import { throughputColumnSets, timeColumnSets } from './load-columns.ts';

/** The result of a run as Markdown for a pull request or a README: the table, what must be known, and the rest folded away. */
export function renderMarkdown(summary: Summary): string {
  const notes = rowNotes(summary);
  const general = runNotes(summary);
  const urgent = general.filter(({ kind }) => kind !== 'fact');
  const rowLines = notes.map((note) => `- ${superscript(note.number)} ${escapeMarkdown(rowNoteText(note, summary))}`);
  const urgentLines = urgent.map(({ label, text }) => `- **${escapeMarkdown(label)}** ${escapeMarkdown(text)}`);
  const lines = [
    `### ${isLoad(summary) ? 'Load' : 'Speed'}: ${escapeMarkdown(oneLine(summary.name ?? summary.model))}`,
    '',
    ...(summary.rows.length === 0 ? ['no row was measured', ''] : tablesOf(summary, notes)),
    ...(rowLines.length + urgentLines.length === 0 ? [] : [...rowLines, ...urgentLines, '']),
    ...foldedNotes('How it was measured', general.filter(isFact)),
  ];
  return `${lines.join('\n')}\n`;
}

// A page has room for the widest choice of columns.
function tablesOf(summary: Summary, notes: readonly RowNote[]): string[] {
  const sets = isLoad(summary)
    ? [throughputColumnSets(summary, notes)[0], timeColumnSets(summary)[0]]
    : [columnSets(summary, notes)[0]];
  return sets.flatMap((set) => (set === undefined ? [] : [...tableOf(set, summary), '']));
}

function tableOf({ columns }: ColumnSet, summary: Summary): string[] {
  return markdownTable(
    columns.map(({ head }) => escapeMarkdown(head)),
    columns.map(() => 'right'),
    summary.rows.map((_, row) => columns.map(({ cells }) => oneLine(escapeMarkdown(cells[row] ?? '')))),
  );
}

function rowNoteText(note: RowNote, summary: Summary): string {
  return `${noteRowsLabel(note, summary)}: ${oneLine(note.text, 600)}`;
}

function isFact({ kind }: RunNote): boolean {
  return kind === 'fact';
}
