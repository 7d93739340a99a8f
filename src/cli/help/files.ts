import { runFiles } from '../../store/run-files.ts';
import type { TopicPage } from './topic.ts';

export const filesPage: TopicPage = {
  about:
    'A run leaves these in outputs/{model}/{timestamp}, each where there is something to tell. A run that was stopped at any ' +
    'point can be read: tokometer report DIRECTORY.',
  entries: Object.entries(runFiles).map(([name, text]) => ({ name, lines: [text] })),
};
