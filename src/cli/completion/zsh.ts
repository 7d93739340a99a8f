import type { CompletedCommand, CompletedFlag } from './completed-words.ts';

/** A script for zsh: a file `_tokometer` on its fpath, or `source <(tokometer completion zsh)`. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name, describe }) => `    ${quoted(`${colons(name)}:${colons(describe)}`)}`);
  const cases = commands.map(({ name, flags, words }) =>
    Object.keys(words).length > 0
      ? wordsCase(name, words)
      : `    ${name}) _arguments -S ${flags.map(argument).join(' ')} '*:file:_files' ;;`,
  );
  return `#compdef tokometer
# Completion of tokometer for zsh.
_tokometer() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] = _tokometer ]]; then _tokometer "$@"; else compdef _tokometer tokometer; fi
`;
}

// After `shift words` the command itself is the first word.
function wordsCase(name: string, words: CompletedCommand['words']): string {
  const offers = Object.entries(words).map(([before, following]) => `${before}) compadd -- ${following.join(' ')} ;;`);
  return `    ${name}) case $words[CURRENT-1] in ${offers.join(' ')} esac ;;`;
}

function argument({ flag, describe, takesValue, choices }: CompletedFlag): string {
  const what = `${flag}[${describe.replaceAll(/[[\]\\:]/g, String.raw`\$&`)}]`;
  if (!takesValue) return quoted(what);
  return quoted(`${what}:value:${choices.length > 0 ? `(${choices.join(' ')})` : '_files'}`);
}

const colons = (text: string): string => text.replaceAll(':', String.raw`\:`);

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
