import type { CommandModule } from './command-module.ts';

export interface CommandEntry {
  readonly name: string;
  readonly describe: string;
  readonly load: () => Promise<CommandModule>;
}

/** The commands, loaded only when they are called. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'perf',
    describe: 'measure how fast a model runs: on a served API or on the embedded llama.cpp',
    load: async () => (await import('./command/perf.ts')).perfCommand,
  },
  {
    name: 'report',
    describe: 'summarise a run directory again, a run that was stopped among them',
    load: async () => (await import('./command/report.ts')).reportCommand,
  },
  {
    name: 'reference',
    describe: 'serve an OpenAI-compatible API with scripted timing, to try things out and to check clients',
    load: async () => (await import('./command/reference.ts')).referenceCommand,
  },
];
