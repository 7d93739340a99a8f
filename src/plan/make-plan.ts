// The plan room: argv, environment and file come in, one frozen RunPlan goes out. It validates everything and then
// fails, all problems at once. It must not know engines, tokenizers or disks beyond the config file.
import type { CellPlan, RunPlan } from '../contract/plan.ts';
import { enginePlan } from './engine-plan.ts';
import type { PerfOptions } from './option/perf.ts';
import type { Problems } from './problems.ts';

/** Prompt lengths of the standard speed, as EvalScope's datasets and Qwen's reports have them. */
const datasetPromptLengths = {
  speed_benchmark: [1, 6144, 14336, 30720],
  speed_benchmark_long: [63488, 129024],
} as const;

const defaultRepetitions = 3;

/** Checks what options mean together and derives the plan. Problems are collected; the plan is whole when there are none. */
export function makePlan(options: PerfOptions, problems: Problems): RunPlan {
  const lengths = options.promptLengths ?? datasetPromptLengths[options.dataset];
  checkTogether(options, lengths, problems);
  const cells = [...new Set(lengths)].map((promptTokens): CellPlan => ({
    id: `p${promptTokens}-g${options.maxTokens}`,
    promptTokens,
    outputTokens: options.maxTokens,
    parallel: options.parallel,
  }));
  const repetitions = options.requests === null ? (options.repetitions ?? defaultRepetitions) : null;
  return deepFreeze({
    v: 1,
    name: options.name,
    model: options.model ?? (options.api === 'reference' ? 'reference' : ''),
    engine: enginePlan(options, problems),
    workload: {
      dataset: options.dataset,
      seed: options.seed,
      minOutputTokens: options.minTokens ?? options.maxTokens,
      temperature: options.temperature,
      extraArguments: options.extraArguments,
      tokenizerPath: options.tokenizerPath,
      tokenizePrompt: options.tokenizePrompt,
      fitMs: options.fitMs,
    },
    traffic: {
      repetitions,
      requests: options.requests,
      warmups: warmupPasses(options.warmups, repetitions ?? Math.ceil((options.requests ?? 1) / cells.length)),
    },
    cells,
    output: {
      directory: options.outputsDirectory,
      timestamp: options.timestamp,
      logEveryRequests: options.logEveryRequests,
      debug: options.debug,
    },
  });
}

function checkTogether(options: PerfOptions, lengths: readonly number[], problems: Problems): void {
  if (options.repetitions !== null && options.requests !== null) {
    problems.add(
      `--repetitions ${options.repetitions} and --number ${options.requests} say the same thing twice`,
      '--repetitions counts passes of each length, --number requests in all: give one of them',
    );
  }
  if (options.requests !== null && options.requests < lengths.length) {
    problems.add(
      `--number ${options.requests} can't be dealt over ${lengths.length} prompt lengths`,
      `give at least ${lengths.length}, or fewer --prompt-lengths`,
    );
  }
  if (options.model === null && options.api !== 'reference') {
    problems.add('--model is missing', 'the name the server knows it by, or for local_llama a .gguf file');
  }
  if (options.minTokens !== null && options.minTokens > options.maxTokens) {
    problems.add(`--min-tokens ${options.minTokens} is above --max-tokens ${options.maxTokens}`);
  }
  if (options.parallel > 1) {
    problems.add(
      `--parallel ${options.parallel}: a speed dataset measures the standard speed, one request at a time`,
      'leave it at 1',
    );
  }
  if (options.fitMs !== null && options.api !== 'local_llama') {
    problems.add(
      `--fit ${options.fitMs / 1000} s: lengths are scaled to the embedded engine only`,
      'for a served API give shorter --prompt-lengths and --max-tokens',
    );
  }
  if (Object.keys(options.extraArguments).length > 0 && (options.api === 'local' || options.api === 'local_llama')) {
    problems.add('--extra-args are fields of a request body, and this engine has no server', 'leave them out');
  }
  if (options.api === 'command' && options.engineCommand === null) {
    problems.add('--api command needs the command', "such as --engine-command 'my-server --port {port}'");
  }
  if (options.loadFormat === 'dummy' && (options.api === 'openai' || options.engineCommand !== null)) {
    problems.add('--load-format dummy is for engines that Tokometer starts itself', 'use it with --api local_llama');
  }
}

// EvalScope's rule: a number from 1 counts, a number below 1 is a share of the measured ones, at least one.
function warmupPasses(given: number, measured: number): number {
  if (given === 0) return 0;
  return given < 1 ? Math.max(1, Math.floor(given * measured)) : Math.floor(given);
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}
