import CliTable from 'cli-table3';

import type { PublishedDocument, PublishedSpeed } from '../../catalog/published-document.ts';
import { generatedSpeedOf } from '../../catalog/published-speeds.ts';
import { wrapToWidth } from './text-layout.ts';

interface Column {
  readonly head: string;
  readonly align: 'left' | 'right';
  readonly cells: readonly string[];
}

// What gives way first where there is no room.
const dropOrder = ['Note', 'Memory', 'Version', 'GPUs', 'Generated'];

/** A table a document: two definitions of speed never share a column. */
export function publishedTables(rows: readonly PublishedSpeed[], width: number): string {
  const documents = [...new Set(rows.map((row) => row.document))];
  return documents
    .map((document) =>
      publishedTable(
        rows.filter((row) => row.document === document),
        document,
        width,
      ),
    )
    .join('\n');
}

function publishedTable(rows: readonly PublishedSpeed[], document: PublishedDocument, width: number): string {
  const { lifted, columns } = lift(columnsOf(rows, document));
  const { shown, dropped } = fit(columns, width);
  const table = new CliTable({
    head: shown.map(({ head }) => head),
    colAligns: shown.map(({ align }) => align),
    style: { head: [], border: [], compact: true },
  });
  rows.forEach((_, index) => table.push(shown.map(({ cells }) => cells[index] ?? '')));
  const total = document.speed === 'total_speed';
  const lines: [label: string, text: string][] = [
    [
      total ? 'Total' : 'Generated',
      `what the document calls speed, tokens/s: ${total ? '(prompt + generated tokens)' : 'generated tokens'} / time from request to last token; ${document.speedBasis}`,
    ],
    ...(total && shown.some(({ head }) => head === 'Generated')
      ? [
          ['Generated', 'computed from it: generated tokens / the same time, as Qwen2.5 and EvalScope count'] as [
            string,
            string,
          ],
        ]
      : []),
    ['Rows', 'one request each, 2,048 generated tokens, printed without a spread'],
    ...(dropped.length === 0 ? [] : [['Left out', `${dropped.join(', ')}: --format csv has all`] as [string, string]]),
    ...(document.remark === '' ? [] : [['Remark', document.remark] as [string, string]]),
    ['Source', `${document.source} at ${document.commit.slice(0, 8)}, ${document.date}`],
  ];
  const title = [...lifted, document.hardware].join(' · ');
  return `${title}\n${table.toString()}\n${lines.map(([label, text]) => note(label, text, width)).join('')}`;
}

function columnsOf(rows: readonly PublishedSpeed[], document: PublishedDocument): Column[] {
  const left = (head: string, cell: (row: PublishedSpeed) => string): Column => ({
    head,
    align: 'left',
    cells: rows.map(cell),
  });
  const right = (head: string, cell: (row: PublishedSpeed) => string): Column => ({
    head,
    align: 'right',
    cells: rows.map(cell),
  });
  return [
    left('Model', (row) => row.model),
    left('Framework', (row) => row.framework),
    left('Version', (row) => row.version ?? 'not stated'),
    left('Weights', (row) => row.quantization),
    right('Prompt', (row) => String(row.promptTokens)),
    ...(document.speed === 'total_speed' ? [right('Total', (row) => speedText(row.speed))] : []),
    right('Generated', (row) => speedText(generatedSpeedOf(row))),
    right('GPUs', (row) => String(row.gpus ?? 'n/a')),
    right('Memory', (row) =>
      row.memory === null
        ? 'n/a'
        : `${row.memory.toFixed(document.memoryUnit === 'GB' ? 2 : 0)} ${document.memoryUnit}`,
    ),
    left('Note', (row) => row.note ?? ''),
  ];
}

function speedText(speed: number | null): string {
  return speed === null ? 'n/a' : speed.toFixed(2);
}

// What is the same in all rows is said once.
function lift(columns: readonly Column[]): { lifted: string[]; columns: Column[] } {
  const isSame = ({ head, cells }: Column): boolean =>
    ['Model', 'Framework', 'Version'].includes(head) && new Set(cells).size === 1;
  return {
    lifted: columns
      .filter(isSame)
      .map(({ head, cells }) => (head === 'Version' ? `version ${cells[0]}` : (cells[0] ?? ''))),
    columns: columns.filter((column) => !isSame(column) && column.cells.some((cell) => cell !== '')),
  };
}

function fit(columns: readonly Column[], width: number): { shown: readonly Column[]; dropped: readonly string[] } {
  const dropped: string[] = [];
  let shown = columns;
  for (const head of dropOrder) {
    if (widthOf(shown) <= width) break;
    // A document's own speed stays.
    if (head === 'Generated' && !shown.some((column) => column.head === 'Total')) break;
    if (shown.some((column) => column.head === head)) dropped.push(head);
    shown = shown.filter((column) => column.head !== head);
  }
  return { shown, dropped };
}

function widthOf(columns: readonly Column[]): number {
  return columns.reduce(
    (sum, { head, cells }) => sum + Math.max(head.length, ...cells.map((cell) => cell.length)) + 3,
    1,
  );
}

const labelWidth = 11;

function note(label: string, text: string, width: number): string {
  const lines = wrapToWidth(text, Math.max(20, width - labelWidth));
  return lines.map((line, index) => `${(index === 0 ? label : '').padEnd(labelWidth)}${line}\n`).join('');
}
