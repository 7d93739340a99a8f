import type { Summary, SummaryRow } from '../../contract/summary.ts';
import { plainNumber } from '../measured-number.ts';
import type { MeasuredText } from '../measured-number.ts';
import { superscript } from '../row-notes.ts';
import type { RowNote } from '../row-notes.ts';
import { memoryTextOf, notAvailable, textOf, valueOf } from '../row-values.ts';
import type { MetricName } from '../row-values.ts';

/** One column of the table: its head and one text a row, all of a form that lines up. */
export interface Column {
  readonly head: string;
  readonly align: 'right' | 'center';
  readonly cells: readonly string[];
}

/** A choice of columns. `dropped`: what had to give way, and is told below the table. */
export interface ColumnSet {
  readonly columns: readonly Column[];
  readonly dropped: readonly Dropped[];
}

export interface Dropped {
  readonly label: string;
  /** The values in the order of the rows, with their unit. */
  readonly text: string;
}

/**
 * Choices from the widest to the narrowest. The documents' three columns never go; intervals of the others go first,
 * then units in heads, then Total, Decode, n and TTFT.
 */
export function columnSets(summary: Summary, notes: readonly RowNote[]): ColumnSet[] {
  const documents = [promptColumn(summary), speedColumn(summary, notes), memoryColumn(summary)];
  const n: Column = { head: 'n', align: 'right', cells: summary.rows.map((row) => repetitionsOf(row)) };
  const full = (name: MetricName, head: string): Column => metricColumn(summary, name, head);
  const short = (name: MetricName, head: string): Column => bareColumn(summary, name, head);
  const ttft = full('ttft', 'TTFT(ms)');
  const shortTtft = short('ttft', 'TTFT(ms)');
  const set = (columns: readonly Column[], dropped: readonly (keyof typeof droppedLabels)[] = []): ColumnSet => ({
    columns: [...documents, ...columns],
    dropped: dropped.map((name) => ({
      label: droppedLabels[name],
      text: `${bareColumn(summary, name, '').cells.join(' / ')} ${name === 'ttft' ? 'ms' : 'tok/s'}, row by row`,
    })),
  });
  return [
    set([full('decode', 'Decode(tok/s)'), full('total', 'Total(tok/s)'), full('prefill', 'Prefill(tok/s)'), ttft, n]),
    set([full('decode', 'Decode(tok/s)'), full('total', 'Total(tok/s)'), ttft, n]),
    set([short('decode', 'Decode(tok/s)'), short('total', 'Total(tok/s)'), ttft, n]),
    set([short('decode', 'Decode'), short('total', 'Total'), ttft, n]),
    set([short('decode', 'Decode'), short('total', 'Total'), shortTtft, n]),
    set([short('decode', 'Decode'), ttft, n], ['total']),
    set([short('decode', 'Decode'), shortTtft, n], ['total']),
    set([shortTtft, n], ['decode', 'total']),
    set([n], ['decode', 'total', 'ttft']),
    set([], ['decode', 'total', 'ttft']),
  ];
}

const droppedLabels = { total: 'Total', decode: 'Decode', ttft: 'TTFT' } as const;

function promptColumn(summary: Summary): Column {
  const cells = summary.rows.map((row) => `${row.valid ? '' : '✗ '}${row.promptTokens}`);
  return { head: 'Prompt Tokens', align: 'right', cells };
}

function speedColumn(summary: Summary, notes: readonly RowNote[]): Column {
  const cells = alignOnUncertainty(summary.rows.map((row) => textOf(row, 'generated')));
  return { head: 'Speed(tokens/s)', align: 'center', cells: withMarks(cells, summary, notes) };
}

/** Cells with the numbers of their rows' footnotes behind them, all of one width. */
export function withMarks(cells: readonly string[], summary: Summary, notes: readonly RowNote[]): string[] {
  const marks = summary.rows.map((row) =>
    notes
      .filter((note) => note.rows.includes(row))
      .map((note) => superscript(note.number))
      .join(' '),
  );
  const marksWidth = Math.max(0, ...marks.map((mark) => mark.length));
  return cells.map((cell, index) => (marksWidth === 0 ? cell : `${cell} ${(marks[index] ?? '').padEnd(marksWidth)}`));
}

function memoryColumn(summary: Summary): Column {
  return { head: 'GPU Memory(GB)', align: 'center', cells: alignEnds(summary.rows.map(memoryTextOf)) };
}

/** A metric with its interval. */
export function metricColumn(summary: Summary, name: MetricName, head: string): Column {
  return { head, align: 'center', cells: alignOnUncertainty(summary.rows.map((row) => textOf(row, name))) };
}

/** A metric without its interval. */
export function bareColumn(summary: Summary, name: MetricName, head: string): Column {
  const cells = summary.rows.map((row) => {
    const value = valueOf(row, name)?.value ?? null;
    return value === null ? notAvailable : plainNumber(value);
  });
  return { head, align: 'right', cells };
}

function repetitionsOf(row: SummaryRow): string {
  return String(valueOf(row, 'generated')?.n ?? 0);
}

/** Texts of one width whose values, and whose uncertainties, stand below each other. */
export function alignOnUncertainty(texts: readonly MeasuredText[]): string[] {
  const valueWidth = Math.max(0, ...texts.map((text) => text.value.length));
  const uncertaintyWidth = Math.max(0, ...texts.map((text) => text.uncertainty.length));
  return texts.map((text) => {
    const value = text.value.padStart(valueWidth);
    return uncertaintyWidth === 0 ? value : `${value} ${text.uncertainty.padEnd(uncertaintyWidth)}`;
  });
}

function alignEnds(texts: readonly string[]): string[] {
  const width = Math.max(0, ...texts.map((text) => text.length));
  return texts.map((text) => text.padStart(width));
}
