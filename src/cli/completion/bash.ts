import { shellWord } from '../../base/escape.ts';
import type { CompletedCommand } from './completed-words.ts';

/** A script for bash: `source <(tokometer completion bash)`. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const values = commands.flatMap(({ name, flags, words }) => [
    ...flags.filter(({ choices }) => choices.length > 0).map(({ flag, choices }) => offer(name, flag, choices)),
    ...Object.entries(words).map(([before, following]) => offer(name, before, following)),
  ]);
  const free = commands.flatMap(({ name, flags }) =>
    flags
      .filter(({ takesValue, choices }) => takesValue && choices.length === 0)
      .map(({ flag }) => shellWord(`${name} ${flag}`)),
  );
  const flags = commands.map(
    ({ name, flags: own }) => `    ${name}) words=${shellWord(own.map(({ flag }) => flag).join(' '))} ;;`,
  );
  return `# Completion of tokometer for bash.
_tokometer() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]} words=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${names} --help --version' -- "$current"))
    return
  fi
  case "$command $before" in
${values.join('\n')}
    ${free.join(' | ')})
      COMPREPLY=($(compgen -f -- "$current"))
      return
      ;;
  esac
  if [[ -z $words && $current != -* ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
    return
  fi
  [[ -n $words ]] || case "$command" in
${flags.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o filenames -F _tokometer tokometer
`;
}

function offer(command: string, before: string, words: readonly string[]): string {
  return `    ${shellWord(`${command} ${before}`)}) words=${shellWord(words.join(' '))} ;;`;
}
