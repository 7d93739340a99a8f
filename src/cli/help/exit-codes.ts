import { errorCodesOf, exitCodes } from '../../base/errors.ts';
import { exitCodeMeanings } from '../../base/exit-code-meanings.ts';
import type { TopicEntry, TopicPage } from './topic.ts';

export const exitCodesPage: TopicPage = {
  about: 'An error names its own code, which begins with E_; the exit code tells its kind.',
  entries: Object.keys(exitCodeMeanings).flatMap((name) => (isExitName(name) ? [entryOf(name)] : [])),
};

function isExitName(name: string): name is keyof typeof exitCodes {
  return name in exitCodes;
}

function entryOf(name: keyof typeof exitCodes): TopicEntry {
  const code = exitCodes[name];
  const errors = errorCodesOf(code);
  return {
    name: String(code),
    lines: [exitCodeMeanings[name], ...(errors.length === 0 ? [] : [`Errors: ${errors.join(', ')}`])],
  };
}
