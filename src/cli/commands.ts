import type { CommandModule } from './command-module.ts';
import type { OptionTable } from './option-command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly describe: string;
  readonly load: () => Promise<CommandModule>;
  /** All it takes. */
  readonly options: () => Promise<OptionTable>;
  /** Words that may follow it, by the word before them. */
  readonly words?: () => Promise<Readonly<Record<string, readonly string[]>>>;
}

/** The commands, loaded only when they are called. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'perf',
    describe: 'measure how fast a model runs: on a served API or on an engine that is started here',
    load: async () => (await import('./command/perf.ts')).perfCommand,
    options: async () => (await import('../plan/option/perf.ts')).perfOptions,
  },
  {
    name: 'transformers',
    describe: "Qwen's speed_benchmark_transformers.py: its flags, its CSV",
    load: async () => (await import('./command/script.ts')).scriptCommand('transformers'),
    options: async () => (await import('../plan/option/scripts.ts')).transformersScriptOptions,
  },
  {
    name: 'vllm',
    describe: "Qwen's speed_benchmark_vllm.py: its flags, its CSV",
    load: async () => (await import('./command/script.ts')).scriptCommand('vllm'),
    options: async () => (await import('../plan/option/scripts.ts')).vllmScriptOptions,
  },
  {
    name: 'batch',
    describe: 'run a list of models and lengths from a YAML file, and go on where it stopped',
    load: async () => (await import('./command/batch.ts')).batchCommand,
    options: async () => (await import('../plan/option/batch.ts')).batchOptions,
  },
  {
    name: 'report',
    describe: 'summarise a run directory again, a run that was stopped among them',
    load: async () => (await import('./command/report.ts')).reportCommand,
    options: async () => (await import('../plan/option/report.ts')).reportOptions,
  },
  {
    name: 'query',
    describe: 'ask the results of many runs in SQL',
    load: async () => (await import('./command/query.ts')).queryCommand,
    options: async () => (await import('../plan/option/query.ts')).queryOptions,
  },
  {
    name: 'compare',
    describe: 'compare two results: what is faster, what is not, what is not comparable; gate a change on it',
    load: async () => (await import('./command/compare.ts')).compareCommand,
    options: async () => (await import('../plan/option/compare.ts')).compareOptions,
  },
  {
    name: 'models',
    describe: 'list the Qwen checkpoints of the catalogue: size, memory of a token, whether this machine holds them',
    load: async () => (await import('./command/models.ts')).modelsCommand,
    options: async () => (await import('../plan/option/models.ts')).modelsOptions,
  },
  {
    name: 'published',
    describe: 'look up the speeds that Qwen published, with the definition of speed of each',
    load: async () => (await import('./command/published.ts')).publishedCommand,
    options: async () => (await import('../plan/option/published.ts')).publishedOptions,
  },
  {
    name: 'doctor',
    describe: 'say which engines can run on this machine, and what is missing; calibrate the client (--calibrate)',
    load: async () => (await import('./command/doctor.ts')).doctorCommand,
    options: async () => (await import('../plan/option/doctor.ts')).doctorOptions,
  },
  {
    name: 'env',
    describe: 'make, list and remove Python environments with the engines in them',
    load: async () => (await import('./command/env.ts')).envCommand,
    options: async () => (await import('../plan/option/env.ts')).envOptions,
  },
  {
    name: 'reference',
    describe: 'serve an OpenAI-compatible API with scripted timing, to try things out and to check clients',
    load: async () => (await import('./command/reference.ts')).referenceCommand,
    options: async () => (await import('../plan/option/reference-server.ts')).referenceServerOptions,
  },
  {
    name: 'completion',
    describe: 'print a script that completes commands and flags in bash, zsh or fish',
    load: async () => (await import('./command/completion.ts')).completionCommand,
    options: async () => ({}),
  },
  {
    name: 'help',
    describe: 'explain a command, or a topic such as metrics; alone it lists the topics',
    load: async () => (await import('./command/help.ts')).helpCommand,
    options: async () => ({}),
    words: async () => (await import('./help/help-words.ts')).readHelpWords(),
  },
];

/** The commands, a line each. */
export function commandList(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, describe }) => `  ${name.padEnd(width)}  ${describe}\n`);
  return `Commands:\n${lines.join('')}\n  tokometer <command> --help explains a command's options.\n`;
}
