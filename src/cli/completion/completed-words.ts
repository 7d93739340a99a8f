import { describeFlag } from '../../plan/option/option.ts';
import type { CommandEntry } from '../commands.ts';

/** What a shell may offer after one command. */
export interface CompletedCommand {
  readonly name: string;
  readonly describe: string;
  readonly flags: readonly CompletedFlag[];
  /** Words that may follow, by the word before them. */
  readonly words: Readonly<Record<string, readonly string[]>>;
}

export interface CompletedFlag {
  /** With its dashes. */
  readonly flag: string;
  /** Its first sentence. */
  readonly describe: string;
  /** Takes a value; a file may be one. */
  readonly takesValue: boolean;
  /** The values it takes; empty: any. */
  readonly choices: readonly string[];
}

/** Commands and flags as the option tables have them. */
export async function completedCommands(entries: readonly CommandEntry[]): Promise<CompletedCommand[]> {
  return Promise.all(
    entries.map(async ({ name, describe, options, words }) => {
      const specs = Object.values(await options());
      const flags = specs.map((spec): CompletedFlag => {
        const { arity, choices = [] } = spec.type;
        const isTurnedOff = arity === 'none' && spec.default === true;
        return {
          flag: `--${isTurnedOff ? 'no-' : ''}${spec.flag}`,
          describe: firstSentence(describeFlag(spec)),
          takesValue: arity !== 'none',
          choices,
        };
      });
      const help = { flag: '--help', describe: 'Show its options', takesValue: false, choices: [] };
      return { name, describe, flags: [...flags, help], words: (await words?.()) ?? {} };
    }),
  );
}

function firstSentence(text: string): string {
  return (/^.*?[.;:](?=\s|$)/.exec(text)?.[0] ?? text).replace(/[.;:]$/, '');
}
