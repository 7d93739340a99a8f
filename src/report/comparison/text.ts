import { plainText } from '../../base/escape.ts';
import type { ComparedValue, Comparison } from '../../contract/comparison.ts';
import { cutToWidth, displayWidth, padToWidth, wrapToWidth } from '../table/text-layout.ts';
import { changeText, countText, notesOf, rangeText, shownValues, sideText, valueText, verdictText } from './words.ts';

const heads = ['Metric', 'Base', 'Candidate', 'Change', '95 % interval', 'Verdict'] as const;
const widths = [18, 9, 9, 8, 16] as const;
const narrowest = 80;

/** A comparison as a table for a terminal of `width` columns, 80 at least. */
export function renderComparisonText(comparison: Comparison, width: number): string {
  const columns = Math.max(narrowest, width);
  const lines = [
    ...labelled('Base', sideText(comparison.base), columns),
    ...labelled('Candidate', sideText(comparison.candidate), columns),
    ...labelled('Result', countText(comparison), columns),
  ];
  for (const cell of comparison.cells) {
    const values = shownValues(cell);
    if (values.length === 0) continue;
    lines.push('', ...wrapToWidth(plainText(cell.name), columns), ...tableLine(heads, columns));
    for (const value of values) lines.push(...tableLine(cellsOf(value, comparison), columns));
  }
  lines.push('');
  for (const { label, text } of notesOf(comparison)) lines.push(...labelled(label, text, columns));
  return `${lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd()}\n`;
}

function cellsOf(value: ComparedValue, comparison: Comparison): readonly string[] {
  return [
    value.id,
    valueText(value.base.value),
    valueText(value.candidate.value),
    changeText(value.ratio),
    rangeText(value),
    verdictText(value, comparison),
  ];
}

// The verdict is wrapped in what the others leave.
function tableLine(cells: readonly string[], columns: number): string[] {
  const [name = '', ...rest] = cells;
  const verdict = rest.pop() ?? '';
  const first = padToWidth(cutToWidth(name, widths[0]), widths[0]);
  const numbers = rest.map((cell, place) => padLeft(cell, widths[place + 1] ?? 0));
  const head = `${[first, ...numbers].join(' ')}  `;
  const [firstLine = '', ...more] = wrapToWidth(verdict, columns - displayWidth(head));
  return [`${head}${firstLine}`, ...more.map((line) => `${' '.repeat(displayWidth(head))}${line}`)];
}

function labelled(label: string, text: string, columns: number): string[] {
  const indent = 13;
  const [first = '', ...more] = wrapToWidth(text, columns - indent);
  const head = displayWidth(label) < indent ? padToWidth(label, indent) : `${label} `;
  if (displayWidth(head) > indent) {
    return wrapToWidth(text, columns - indent).flatMap((line, place) =>
      place === 0 ? [label, `${' '.repeat(indent)}${line}`] : [`${' '.repeat(indent)}${line}`],
    );
  }
  return [`${head}${first}`, ...more.map((line) => `${' '.repeat(indent)}${line}`)];
}

function padLeft(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}
