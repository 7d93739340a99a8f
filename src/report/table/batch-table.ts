/**
 * The end of a batch on a terminal. Comes in: one line a run, its Summary where there is one. Goes out: one table over
 * all runs, and below it what failed and what is left to do. Knows no file, no plan and no terminal.
 */
import { styleText } from 'node:util';
import CliTable from 'cli-table3';

import { oneLine } from '../../base/escape.ts';
import type { Summary, SummaryRow } from '../../contract/summary.ts';
import { plainNumber } from '../measured-number.ts';
import { memoryTextOf, type MetricName, notAvailable, textOf, valueOf } from '../row-values.ts';
import { alignOnUncertainty } from './columns.ts';
import { cutToWidth, displayWidth, padToWidth, wrapToWidth } from './text-layout.ts';

/** `before`: done by an earlier start of the batch. `stopped`: ended early, its results so far are shown. */
export type BatchLineState = 'measured' | 'before' | 'stopped' | 'failed' | 'waiting';

/** One run of a batch as it stands at the end. */
export interface BatchLine {
  /** From 1, as the batch file counts. */
  readonly number: number;
  /** The name of the run, or else of its model. */
  readonly label: string;
  readonly api: string;
  readonly state: BatchLineState;
  readonly summary: Summary | null;
  /** Why it failed, and what to do; null where nothing failed. */
  readonly failure: { readonly text: string; readonly hint: string | null } | null;
}

interface Row {
  readonly line: BatchLine;
  /** null: a run without a result. */
  readonly row: SummaryRow | null;
}

interface Column {
  readonly head: string;
  readonly align: 'left' | 'right' | 'center';
  readonly cells: readonly string[];
}

const stateTexts: Readonly<Record<BatchLineState, string>> = {
  measured: 'now',
  before: 'before',
  stopped: 'stopped',
  failed: 'failed',
  waiting: 'not run',
};

/** All runs as text, ending in a line break. */
export function renderBatch(lines: readonly BatchLine[], options: { width: number; colour: boolean }): string {
  const rows = lines.filter((line) => line.state !== 'waiting').flatMap(rowsOf);
  const notes = [...(rows.some(({ row }) => row !== null) ? definitions : []), ...footnotes(lines)];
  const labelWidth = Math.max(0, ...notes.map(([label]) => displayWidth(label)));
  return [
    paint(options, 'bold', 'Batch Results:'),
    rows.length === 0 ? 'no run was measured' : boxTable(rows, options),
    ...notes.flatMap(([label, text]) =>
      wrapToWidth(oneLine(text, 2000), Math.max(20, options.width - labelWidth - 2)).map(
        (part, index) => `${padToWidth(index === 0 ? label : '', labelWidth)}  ${part}`,
      ),
    ),
    '',
  ].join('\n');
}

function rowsOf(line: BatchLine): Row[] {
  if (line.state === 'failed' || line.summary === null) return [{ line, row: null }];
  return line.summary.rows.map((row) => ({ line, row }));
}

function boxTable(rows: readonly Row[], options: { width: number; colour: boolean }): string {
  const sets = columnSets(rows);
  const columns = sets.find((set) => widthOf(set) <= options.width) ?? sets.at(-1) ?? [];
  const table = new CliTable({
    head: columns.map(({ head }) => paint(options, 'bold', head)),
    colAligns: columns.map(({ align }) => align),
    style: { head: [], border: [], compact: true },
  });
  const known = columns.findIndex(({ head }) => head === 'Prompt');
  const restWidth = columns.slice(known).reduce((sum, column) => sum + columnWidth(column) + 3, -3);
  rows.forEach(({ line, row }, index) => {
    const cells = columns.map((column) => column.cells[index] ?? '');
    if (row !== null) {
      table.push(row.valid ? cells : cells.map((cell) => paint(options, 'red', cell)));
      return;
    }
    const why = oneLine(`${stateTexts[line.state]}: ${line.failure?.text ?? 'no result'}`);
    const content = paint(options, 'red', cutToWidth(why, restWidth));
    table.push([...cells.slice(0, known), { content, colSpan: columns.length - known, hAlign: 'left' }]);
  });
  return table.toString().replaceAll(/[─│┌┬┐├┼┤└┴┘]+/g, (border) => paint(options, 'dim', border));
}

// From the widest to the narrowest: intervals go first, then Total, Decode, API, n and memory; the model is cut last.
function columnSets(rows: readonly Row[]): Column[][] {
  const number = columnOf('#', 'right', rows, ({ line }) => String(line.number));
  const model = (width: number): Column =>
    columnOf('Model', 'left', rows, ({ line }) => cutToWidth(shortName(line.label), width));
  const api = columnOf('API', 'left', rows, ({ line }) => line.api);
  const prompt = columnOf('Prompt', 'right', rows, ({ row }) => (row === null ? '' : String(row.promptTokens)));
  const memory = columnOf('GPU Memory(GB)', 'right', rows, ({ row }) => (row === null ? '' : memoryTextOf(row)));
  const shortMemory = { ...memory, head: 'GB' };
  const n = columnOf('n', 'right', rows, ({ row }) => (row === null ? '' : String(valueOf(row, 'generated')?.n ?? 0)));
  const valid = columnOf('Valid', 'center', rows, ({ row }) => (row === null ? '' : row.valid ? 'yes' : 'no'));
  const run = columnOf('Run', 'left', rows, ({ line }) => stateTexts[line.state]);
  const full = (name: MetricName, head: string): Column => measured(rows, name, head);
  const bare = (name: MetricName, head: string): Column =>
    columnOf(head, 'right', rows, ({ row }) => (row === null ? '' : plainValue(row, name)));
  const speed = bare('generated', 'Speed');
  const [decode, total, ttft] = [bare('decode', 'Decode'), bare('total', 'Total'), bare('ttft', 'TTFT(ms)')];
  const end = [n, valid, run];
  const wide = [full('decode', 'Decode(tok/s)'), full('total', 'Total(tok/s)'), full('ttft', 'TTFT(ms)')];
  return [
    [number, model(60), api, prompt, full('generated', 'Speed(tokens/s)'), memory, ...wide, ...end],
    [number, model(48), api, prompt, full('generated', 'Speed(tokens/s)'), memory, decode, total, ttft, ...end],
    [number, model(40), api, prompt, full('generated', 'Speed(tokens/s)'), shortMemory, decode, total, ttft, ...end],
    [number, model(40), api, prompt, speed, shortMemory, decode, total, ttft, ...end],
    [number, model(34), api, prompt, speed, shortMemory, decode, ttft, ...end],
    [number, model(34), prompt, speed, shortMemory, decode, total, ttft, ...end],
    [number, model(32), prompt, speed, shortMemory, ttft, ...end],
    [number, model(24), prompt, speed, shortMemory, ttft, valid, run],
    [number, model(16), prompt, speed, valid, run],
  ];
}

function columnOf(head: string, align: Column['align'], rows: readonly Row[], of: (row: Row) => string): Column {
  return { head, align, cells: rows.map(of) };
}

function measured(rows: readonly Row[], name: MetricName, head: string): Column {
  const texts = rows.map(({ row }) => (row === null ? { value: '', uncertainty: '' } : textOf(row, name)));
  return { head, align: 'center', cells: alignOnUncertainty(texts) };
}

function plainValue(row: SummaryRow, name: MetricName): string {
  const value = valueOf(row, name)?.value ?? null;
  return value === null ? notAvailable : plainNumber(value);
}

function columnWidth({ head, cells }: Column): number {
  return Math.max(head.length, ...cells.map(displayWidth));
}

function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, one) => sum + columnWidth(one) + 3, 1);
}

// The last part of a model's name or path.
function shortName(label: string): string {
  return oneLine(label.split(/[/\\]/).findLast((part) => part !== '') ?? label);
}

type Footnote = readonly [label: string, text: string];

const definitions: readonly Footnote[] = [
  [
    'Speed',
    'generated tokens / time from request to last token; Decode: tokens after the first / time from first to last ' +
      'token; Total: (prompt + generated tokens) / the same time as Speed, all in tokens/s',
  ],
];

function footnotes(lines: readonly BatchLine[]): Footnote[] {
  const notes: Footnote[] = [];
  if (lines.some(({ state }) => state === 'before')) {
    notes.push(['Before', 'measured by an earlier start of this batch, and not again']);
  }
  for (const { number, label, summary, failure, state } of lines) {
    for (const row of state === 'failed' ? [] : (summary?.rows ?? [])) {
      if (!row.valid) notes.push(['Not valid', `run ${number}, ${row.promptTokens} tokens: ${row.reasons.join('; ')}`]);
    }
    if (failure === null) continue;
    notes.push([
      'Failed',
      `run ${number}, ${label}: ${failure.text}${failure.hint === null ? '' : ` → ${failure.hint}`}`,
    ]);
  }
  const waiting = lines.filter(({ state }) => state === 'waiting').map(({ number }) => number);
  if (waiting.length > 0) notes.push(['Not run', `run ${waiting.join(', ')}: the same command goes on with them`]);
  return notes;
}

type Style = 'bold' | 'dim' | 'red';

function paint({ colour }: { colour: boolean }, style: Style, text: string): string {
  return colour ? styleText(style, text, { validateStream: false }) : text;
}
