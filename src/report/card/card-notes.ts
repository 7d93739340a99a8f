import type { Summary, SummaryRow } from '../../contract/summary.ts';
import { grouped } from '../measured-number.ts';
import { adviceText, noteRowsLabel, rowNotes, superscript } from '../row-notes.ts';
import type { RowNote } from '../row-notes.ts';
import { isLoad } from '../row-values.ts';
import { runNotes } from '../run-notes.ts';
import { doubtTexts } from './doubts.ts';
import type { RunNote } from '../run-notes.ts';

/** A line below the table. */
export interface CardNote {
  readonly label: string;
  readonly text: string;
  readonly colour: 'bad' | 'warn' | 'soft';
  /** Lines that it may take. */
  readonly lines: number;
  /** The rows that it is about, for the mark beside them; empty: the run. */
  readonly rows: readonly SummaryRow[];
}

const mostNotes = 6;

/** What must be known before a number of the card is quoted, the gravest first, and what the ± of its numbers means. */
export function cardNotes(summary: Summary): CardNote[] {
  const ofRun = runNotes(summary);
  const ofRows = rowNotes(summary);
  const told = withoutHints(summary);
  const doubts = doubtTexts(summary);
  const rowLines = (wanted: (note: RowNote) => boolean, colour: CardNote['colour']): CardNote[] =>
    ofRows
      .filter(wanted)
      .map((note) => ({ label: labelOf(note, summary), text: told(note.text), rows: note.rows, ...look(colour) }));
  const runLines = (wanted: (note: RunNote) => boolean, colour: CardNote['colour']): CardNote[] =>
    ofRun.filter(wanted).map(({ label, text }) => ({ label, text: told(text), rows: [], ...look(colour) }));
  const facts = (...labels: string[]): CardNote[] =>
    runLines(({ kind, label }) => kind === 'fact' && labels.includes(label), 'warn');
  const all = [
    ...runLines(({ kind }) => kind === 'state', 'warn'),
    ...rowLines(({ kind }) => kind === 'invalid', 'bad'),
    ...facts('Estimate').slice(0, 2),
    ...facts('Weights', 'Lengths'),
    ...rowLines(({ text }) => doubts.has(text), 'warn'),
    ...runLines(({ kind }) => kind === 'warning', 'warn'),
    ...rowLines(({ kind }) => kind === 'remark', 'soft'),
    ...rowLines(({ kind, text }) => kind === 'advice' && !doubts.has(text), 'soft'),
    ...runLines(({ kind }) => kind === 'advice', 'soft'),
  ];
  const left = all.length - mostNotes;
  const moreText = `${left === 1 ? '1 more note is' : `${left} more notes are`} in report.html`;
  const more: CardNote = { label: 'More', text: moreText, rows: [], ...look('soft') };
  const meaning = summary.estimate === null ? facts(isLoad(summary) ? 'Throughput' : 'Speed') : [];
  return [
    ...numbered(all.slice(0, mostNotes)),
    ...(left > 0 ? [more] : []),
    ...meaning.map((note): CardNote => ({ ...note, colour: 'soft' })),
  ];
}

// Who looks at a card reads what holds of its numbers; the rest may be looked up.
function look(colour: CardNote['colour']): Pick<CardNote, 'colour' | 'lines'> {
  return { colour, lines: colour === 'soft' ? 1 : 2 };
}

// What helps is for who runs it again, not for who reads its card.
function withoutHints({ advice }: Summary): (text: string) => string {
  const texts = new Map(advice.map((one) => [adviceText(one), one.text]));
  return (text) => texts.get(text) ?? text;
}

function labelOf(note: RowNote, summary: Summary): string {
  const rows = grouped(noteRowsLabel(note, summary));
  return isLoad(summary) || rows === 'all rows' ? rows : `Prompt ${rows}`;
}

function numbered(notes: readonly CardNote[]): CardNote[] {
  let number = 0;
  return notes.map((note) =>
    note.rows.length === 0 ? note : { ...note, label: `${superscript(++number)} ${note.label}` },
  );
}

/** The marks of a row: the numbers of the notes about it. */
export function marksOf(row: SummaryRow, notes: readonly CardNote[]): string {
  return notes
    .filter(({ rows }) => rows.includes(row))
    .map(({ label }) => label.split(' ')[0] ?? '')
    .join(' ');
}
