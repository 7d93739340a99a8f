import { TokometerError } from '../../base/errors.ts';
import { wrapToWidth } from '../../report/table/text-layout.ts';
import { nearestNameHint } from '../nearest-name.ts';
import type { HelpTopic, TopicEntry, TopicPage } from './topic.ts';

const widest = 80;

/** A topic, or of it the entries that are named, as plain text. Throws E_USAGE for a name that it doesn't have. */
export async function topicText(topic: HelpTopic, words: readonly string[], columns: number): Promise<string> {
  const page = await topic.load();
  if (words.length === 0) return pageText(page, columns);
  const texts: string[] = [];
  for (const word of words) {
    const entry = page.entries.find(({ name }) => keyOf(name) === keyOf(word));
    if (entry === undefined) {
      const names = page.entries.map(({ name }) => name);
      throw new TokometerError('E_USAGE', `"${word}" is not in tokometer help ${topic.name}`, {
        // oxlint-disable-next-line no-await-in-loop
        hint: await nearestNameHint(word, names, {
          before: `tokometer help ${topic.name}`,
          otherwise: `tokometer help ${topic.name} lists all that is`,
        }),
      });
    }
    texts.push(entryText(entry, columns));
  }
  return texts.join('\n');
}

// As with flags, hyphens and underscores are the same.
function keyOf(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

function pageText({ about, entries }: TopicPage, columns: number): string {
  const width = Math.min(columns, widest);
  return [
    ...wrapToWidth(about, width).map((line) => `${line}\n`),
    ...entries.map((one) => `\n${entryText(one, width)}`),
  ].join('');
}

function entryText({ name, lines }: TopicEntry, columns: number): string {
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
