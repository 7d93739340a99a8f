import { formatForms } from '../../plan/option/report.ts';
import type { TopicPage } from './topic.ts';

export const formatsPage: TopicPage = {
  about: 'What --format of tokometer report takes. With --output FILE a result goes into a file instead of stdout.',
  entries: formatForms.map(({ name, describe, severalRuns, goesTo }) => ({
    name,
    lines: [describe.replaceAll('`', ''), `Several runs: ${severalRuns}. Goes to: ${goesTo}.`],
  })),
};
