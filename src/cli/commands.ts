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
    describe: 'measure how fast a model runs: on a served API or on an engine that is started here',
    load: async () => (await import('./command/perf.ts')).perfCommand,
  },
  {
    name: 'transformers',
    describe: "Qwen's speed_benchmark_transformers.py: its flags, its CSV",
    load: async () => (await import('./command/script.ts')).scriptCommand('transformers'),
  },
  {
    name: 'vllm',
    describe: "Qwen's speed_benchmark_vllm.py: its flags, its CSV",
    load: async () => (await import('./command/script.ts')).scriptCommand('vllm'),
  },
  {
    name: 'batch',
    describe: 'run a list of models and lengths from a YAML file, and go on where it stopped',
    load: async () => (await import('./command/batch.ts')).batchCommand,
  },
  {
    name: 'report',
    describe: 'summarise a run directory again, a run that was stopped among them',
    load: async () => (await import('./command/report.ts')).reportCommand,
  },
  {
    name: 'query',
    describe: 'ask the results of many runs in SQL',
    load: async () => (await import('./command/query.ts')).queryCommand,
  },
  {
    name: 'compare',
    describe: 'compare two results: what is faster, what is not, what is not comparable; gate a change on it',
    load: async () => (await import('./command/compare.ts')).compareCommand,
  },
  {
    name: 'models',
    describe: 'list the Qwen checkpoints of the catalogue: size, memory of a token, whether this machine holds them',
    load: async () => (await import('./command/models.ts')).modelsCommand,
  },
  {
    name: 'published',
    describe: 'look up the speeds that Qwen published, with the definition of speed of each',
    load: async () => (await import('./command/published.ts')).publishedCommand,
  },
  {
    name: 'doctor',
    describe: 'say which engines can run on this machine, and what is missing for the others',
    load: async () => (await import('./command/doctor.ts')).doctorCommand,
  },
  {
    name: 'env',
    describe: 'make, list and remove Python environments with the engines in them',
    load: async () => (await import('./command/env.ts')).envCommand,
  },
  {
    name: 'reference',
    describe: 'serve an OpenAI-compatible API with scripted timing, to try things out and to check clients',
    load: async () => (await import('./command/reference.ts')).referenceCommand,
  },
];
