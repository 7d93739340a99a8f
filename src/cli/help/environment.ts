import { describeFlag } from '../../plan/option/option.ts';
import { commands } from '../commands.ts';
import type { TopicPage } from './topic.ts';

/** The variables of all option tables. */
export async function readEnvironmentPage(): Promise<TopicPage> {
  const found = new Map<string, { flag: string; text: string; commands: string[] }>();
  for (const { name, options } of commands) {
    // oxlint-disable-next-line no-await-in-loop
    for (const spec of Object.values(await options())) {
      if (spec.env === undefined) continue;
      const one = found.get(spec.env) ?? { flag: spec.flag, text: describeFlag(spec), commands: [] };
      one.commands.push(name);
      found.set(spec.env, one);
    }
  }
  return {
    about: 'A flag wins over its variable, a variable over the config file.',
    entries: [...found].map(([variable, { flag, text, commands: names }]) => ({
      name: variable,
      lines: [`--${flag} of tokometer ${names.join(', ')}.`, text],
    })),
  };
}
