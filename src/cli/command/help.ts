import { exitCodes, TokometerError } from '../../base/errors.ts';
import type { CommandModule } from '../command-module.ts';
import { commandList, commands } from '../commands.ts';
import { entryText, pageText, topicList } from '../help/page-text.ts';
import type { HelpTopic } from '../help/topic.ts';
import { helpTopics } from '../help/topics.ts';
import { nearestNameHint } from '../nearest-name.ts';
import { columnsOf } from '../terminal.ts';

/** `tokometer help`: commands and topics; `help perf` is `perf --help`, `help metrics ttft` one entry of a topic. */
export const helpCommand: CommandModule = {
  async run(context) {
    const { stdout, environment } = context;
    const [subject, ...words] = context.argv.filter((word) => word !== '--help' && word !== '-h');
    if (subject === undefined) {
      stdout.write(`${commandList()}\n${topicList(helpTopics)}`);
      return exitCodes.ok;
    }
    const entry = commands.find(({ name }) => name === subject);
    if (entry !== undefined) return (await entry.load()).run({ ...context, argv: ['--help'] });
    const topic = helpTopics.find(({ name }) => name === subject);
    if (topic === undefined) throw await unknownSubject(subject);
    stdout.write(await topicText(topic, words, columnsOf(stdout, environment)));
    return exitCodes.ok;
  },
};

async function topicText(topic: HelpTopic, words: readonly string[], columns: number): Promise<string> {
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

async function unknownSubject(word: string): Promise<TokometerError> {
  const names = [...helpTopics, ...commands].map(({ name }) => name);
  return new TokometerError('E_USAGE', `"${word}" is neither a command nor a topic of tokometer help`, {
    hint: await nearestNameHint(word, names, {
      before: 'tokometer help',
      otherwise: `the topics are ${helpTopics.map(({ name }) => name).join(', ')}`,
    }),
  });
}
