import type { CompletedCommand, CompletedFlag } from './completed-words.ts';

/** A script for fish: `tokometer completion fish | source`. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(
    ({ name, describe }) => `complete -c tokometer -f -n __fish_use_subcommand -a ${name} -d ${quoted(describe)}`,
  );
  const flags = commands.flatMap(({ name, flags: own }) => own.map((flag) => flagLine(name, flag)));
  const words = commands.flatMap(({ name, words: own }) =>
    Object.entries(own).map(([before, following]) => wordsLine(name, before, following)),
  );
  return `# Completion of tokometer for fish.\n${[...names, ...flags, ...words].join('\n')}\n`;
}

function wordsLine(command: string, before: string, words: readonly string[]): string {
  const when = `__fish_seen_subcommand_from ${command}; and test (commandline -opc)[-1] = ${before}`;
  return `complete -c tokometer -f -n ${quoted(when)} -a ${quoted(words.join(' '))}`;
}

function flagLine(command: string, { flag, describe, takesValue, choices }: CompletedFlag): string {
  const value = !takesValue ? '' : choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : ' -r';
  const when = `-n ${quoted(`__fish_seen_subcommand_from ${command}`)}`;
  return `complete -c tokometer ${when} -l ${flag.slice(2)}${value} -d ${quoted(describe)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
