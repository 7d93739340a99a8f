import type { Summary } from '../src/contract/summary.ts';

/** Saves summaries as a file: one as it is, several as a list. */
export function saveJson(summaries: readonly Summary[]): void {
  const [only] = summaries;
  const text = JSON.stringify(summaries.length === 1 ? only : summaries, null, 2);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([`${text}\n`], { type: 'application/json' }));
  link.download = summaries.length === 1 ? 'summary.json' : 'summaries.json';
  link.click();
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
