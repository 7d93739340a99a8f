import { exitCodes, TokometerError } from '../../base/errors.ts';
import type { CommandModule } from '../command-module.ts';
import { commandList, commands } from '../commands.ts';
import { topicList, topicText } from '../help/page-text.ts';
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

async function unknownSubject(word: string): Promise<TokometerError> {
  const names = [...helpTopics, ...commands].map(({ name }) => name);
  return new TokometerError('E_USAGE', `"${word}" is neither a command nor a topic of tokometer help`, {
    hint: await nearestNameHint(word, names, {
      before: 'tokometer help',
      otherwise: `the topics are ${helpTopics.map(({ name }) => name).join(', ')}`,
    }),
  });
}
