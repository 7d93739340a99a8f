import { joinWords } from '../plan/option/split-words.ts';

/** The command that compares these runs, as a shell takes it. */
export function comparisonCommand(base: readonly string[], candidate: readonly string[]): string {
  return joinWords(['tokometer', 'compare', '--base', ...base, '--candidate', ...candidate]);
}
