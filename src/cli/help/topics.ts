import type { HelpTopic } from './topic.ts';

/** Everything that `tokometer help` explains beside commands. */
export const helpTopics: readonly HelpTopic[] = [
  {
    name: 'metrics',
    describe: 'every number of a result: its unit, its formula, what it means',
    load: async () => (await import('./metrics.ts')).metricsPage,
  },
  {
    name: 'formats',
    describe: 'the forms that a result can be written in',
    load: async () => (await import('./formats.ts')).formatsPage,
  },
  {
    name: 'exit-codes',
    describe: 'how a script tells what went wrong',
    load: async () => (await import('./exit-codes.ts')).exitCodesPage,
  },
  {
    name: 'files',
    describe: 'what a run leaves in its directory',
    load: async () => (await import('./files.ts')).filesPage,
  },
  {
    name: 'environment',
    describe: 'the variables that take the place of a flag',
    load: async () => (await import('./environment.ts')).readEnvironmentPage(),
  },
];
