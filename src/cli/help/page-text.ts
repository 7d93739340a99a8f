import { wrapToWidth } from '../../report/table/text-layout.ts';
import type { HelpTopic, TopicEntry, TopicPage } from './topic.ts';

const widest = 80;

/** A page of help as plain text; `columns`: those of the terminal. */
export function pageText({ about, entries }: TopicPage, columns: number): string {
  const width = Math.min(columns, widest);
  return [
    ...wrapToWidth(about, width).map((line) => `${line}\n`),
    ...entries.map((one) => `\n${entryText(one, width)}`),
  ].join('');
}

/** One entry of it. */
export function entryText({ name, lines }: TopicEntry, columns: number): string {
  const indent = '    ';
  const width = Math.min(columns, widest) - indent.length;
  const text = lines.flatMap((line) => wrapToWidth(line, width)).map((line) => `${indent}${line}\n`);
  return `${name}\n${text.join('')}`;
}

/** The topics, a line each. */
export function topicList(topics: readonly HelpTopic[]): string {
  const width = Math.max(...topics.map(({ name }) => name.length));
  const lines = topics.map(({ name, describe }) => `  ${name.padEnd(width)}  ${describe}\n`);
  return `Topics:\n${lines.join('')}\n  tokometer help <topic> explains one, tokometer help metrics ttft one of its entries.\n`;
}
