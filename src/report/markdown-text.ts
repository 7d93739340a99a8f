/** Text as Markdown shows it. Names come from files and servers: they must not open a table cell, a tag or a link. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\|<>[\]`*_]/g, (character) => `\\${character}`);
}

/** A table: heads, how columns are aligned, and lines of cells that are Markdown already. */
export function markdownTable(
  heads: readonly string[],
  alignments: readonly ('left' | 'right')[],
  lines: readonly (readonly string[])[],
): string[] {
  const rule = alignments.map((align) => (align === 'right' ? '---:' : '---'));
  return [heads, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`);
}

/** Notes that are folded away until someone asks. */
export function foldedNotes(title: string, notes: readonly { label: string; text: string }[]): string[] {
  return [
    `<details><summary>${title}</summary>`,
    '',
    ...notes.map(({ label, text }) => `- **${escapeMarkdown(label)}** ${escapeMarkdown(text)}`),
    '',
    '</details>',
  ];
}
