import type { ComparedCell, ComparedValue, Comparison } from '../../contract/comparison.ts';
import { escapeMarkdown, foldedNotes } from '../markdown-text.ts';
import { changeText, countText, notesOf, rangeText, shownValues, sideText, valueText, verdictText } from './words.ts';

const marks: Readonly<Record<string, string>> = { faster: '🟢 ', slower: '🔴 ', 'differs within these starts': '🟡 ' };

/** A comparison as Markdown for a pull request: the result in one line, a table, and the notes folded away. */
export function renderComparisonMarkdown(comparison: Comparison): string {
  const { gates } = comparison;
  const missed = gates.filter((gate) => gate.missed);
  const rows = comparison.cells.flatMap((cell) => shownValues(cell).map((value) => rowOf(cell, value, comparison)));
  const table = [
    '| cell | metric | base | candidate | change | 95 % interval | verdict |',
    '| --- | --- | ---: | ---: | ---: | ---: | --- |',
    ...rows,
  ];
  // Gates stand above the table; the rest is for who asks.
  const notes = notesOf(comparison).filter(({ label }) => !label.startsWith('Gate'));
  const lines = [
    `### Speed: ${escapeMarkdown(countText(comparison))}`,
    '',
    `base: ${escapeMarkdown(sideText(comparison.base))}<br>candidate: ${escapeMarkdown(sideText(comparison.candidate))}`,
    '',
    ...missed.map(({ gate, text }) => `- ❌ \`${gate}\`: ${escapeMarkdown(text)}`),
    ...gates.filter((gate) => !gate.missed).map(({ gate, text }) => `- ✅ \`${gate}\`: ${escapeMarkdown(text)}`),
    ...(gates.length === 0 ? [] : ['']),
    ...(rows.length === 0 ? [] : [...table, '']),
    ...foldedNotes('How to read this', notes),
  ];
  return `${lines.join('\n')}\n`;
}

function rowOf({ name }: ComparedCell, value: ComparedValue, comparison: Comparison): string {
  const cells = [
    escapeMarkdown(name),
    `${value.id} (${value.unit})`,
    valueText(value.base.value),
    valueText(value.candidate.value),
    changeText(value.ratio),
    rangeText(value),
    `${marks[value.verdict ?? ''] ?? ''}${verdictText(value, comparison)}`,
  ];
  return `| ${cells.join(' | ')} |`;
}
