import type { Comparison } from '../../contract/comparison.ts';
import { renderComparisonMarkdown } from './markdown.ts';
import { renderComparisonText } from './text.ts';

export type ComparisonFormat = 'table' | 'markdown' | 'json';

/** A comparison as a table of at least 80 columns, as Markdown for a pull request, or as JSON; each ends in a line break. */
export function renderComparison(comparison: Comparison, format: ComparisonFormat, width = 80): string {
  if (format === 'table') return renderComparisonText(comparison, width);
  if (format === 'markdown') return renderComparisonMarkdown(comparison);
  return `${JSON.stringify(comparison, null, 2)}\n`;
}
