import type { CellPlan } from '../contract/plan.ts';
import type { PerfOptions } from './option/perf.ts';
import type { Problems } from './problems.ts';

/** Prompt lengths of the standard speed, as EvalScope's datasets and Qwen's reports have them. */
const datasetPromptLengths = {
  speed_benchmark: [1, 6144, 14336, 30720],
  speed_benchmark_long: [63488, 129024],
} as const;

// Enough for a 99th percentile, and a few waves so that the ends of the pass weigh little.
const fewestRequests = 100;
const defaultWaves = 4;

/** The cells of the standard speed: one for each prompt length, one request at a time. */
export function speedCells(options: PerfOptions, problems: Problems): readonly CellPlan[] {
  const lengths = options.promptLengths ?? datasetPromptLengths[options.dataset];
  checkSpeed(options, lengths, problems);
  return [...new Set(lengths)].map((promptTokens) => ({
    id: `p${promptTokens}-g${options.maxTokens}`,
    kind: 'speed',
    promptTokens,
    outputTokens: options.maxTokens,
    parallel: 1,
    requests: 1,
    warmupRequests: 1,
  }));
}

function checkSpeed(options: PerfOptions, lengths: readonly number[], problems: Problems): void {
  const [requests] = options.requests ?? [];
  if (options.requests !== null && options.requests.length > 1) {
    problems.add(
      `--number ${options.requests.join(' ')}: a speed dataset takes one number, the requests in all`,
      'several numbers go with several --parallel and a --prompt',
    );
  }
  if (options.repetitions !== null && requests !== undefined) {
    problems.add(
      `--repetitions ${options.repetitions} and --number ${requests} say the same thing twice`,
      '--repetitions counts passes of each length, --number requests in all: give one of them',
    );
  }
  if (requests !== undefined && requests < lengths.length) {
    problems.add(
      `--number ${requests} can't be dealt over ${lengths.length} prompt lengths`,
      `give at least ${lengths.length}, or fewer --prompt-lengths`,
    );
  }
  if (options.parallel.length !== 1 || options.parallel[0] !== 1) {
    problems.add(
      `--parallel ${options.parallel.join(' ')}: a speed dataset measures the standard speed, one request at a time`,
      'leave it at 1; --prompt TEXT measures a load',
    );
  }
}

/** The cells of a closed loop over one fixed prompt: one for each number of requests in flight. */
export function loadCells(options: PerfOptions, problems: Problems): readonly CellPlan[] {
  const { parallel, requests: given } = options;
  checkLoad(options, problems);
  const cells = parallel.map((inFlight, place): CellPlan => {
    const requests =
      (given?.length === 1 ? given[0] : given?.[place]) ?? Math.max(fewestRequests, defaultWaves * inFlight);
    return {
      id: `c${inFlight}-n${requests}-g${options.maxTokens}`,
      kind: 'load',
      promptTokens: null,
      outputTokens: options.maxTokens,
      parallel: inFlight,
      requests,
      warmupRequests: warmupRequests(options.warmups, inFlight, requests),
    };
  });
  for (const [place, { id, parallel: inFlight, requests }] of cells.entries()) {
    if (cells.findIndex((cell) => cell.id === id) === place) continue;
    problems.add(`--parallel ${inFlight} with --number ${requests} is there twice`, '--repetitions repeats each point');
  }
  return cells;
}

function checkLoad(options: PerfOptions, problems: Problems): void {
  const { parallel, requests, api } = options;
  if (requests !== null && requests.length !== 1 && requests.length !== parallel.length) {
    problems.add(
      `--parallel has ${countOf(parallel)} (${parallel.join(' ')}) and --number ${countOf(requests)} (${requests.join(' ')})`,
      'give one number for each --parallel, or one for all',
    );
  }
  if (options.promptLengths !== null) {
    problems.add('--prompt is one text, and --prompt-lengths asks for prompts of other lengths', 'give one of them');
  }
  if (options.tokenizePrompt === true) {
    problems.add('--tokenize-prompt: a fixed --prompt is sent as the text it is', 'leave it out');
  }
  if (options.fitMs !== null) {
    problems.add('--fit scales prompt lengths, and a --prompt has the length it has', 'lower --number or --max-tokens');
  }
  if (api === 'local') {
    problems.add(
      '--prompt: Transformers is measured with token ids, and its worker has no tokenizer',
      'use --prompt-lengths, or serve the model: --api local_vllm',
    );
  }
  const most = Math.max(...parallel);
  if (most > 1 && (api === 'local' || api === 'local_llama')) {
    const name = api === 'local' ? 'Transformers generates' : 'the embedded llama.cpp answers';
    problems.add(
      `--parallel ${most}: ${name} one request at a time, so others would only wait in line`,
      'leave it at 1, or measure a server: --api openai, local_vllm or local_llama_server',
    );
  }
}

function countOf(values: readonly number[]): string {
  return values.length === 1 ? '1 value' : `${values.length} values`;
}

// One wave opens every connection and runs the code of each stream once; without it the longest gap of the measured ones
// is that of the first wave.
function warmupRequests(given: number | null, parallel: number, requests: number): number {
  return given === null ? Math.min(parallel, requests) : warmupCount(given, requests);
}

/** EvalScope's rule: a number from 1 counts, a number below 1 is a share of the measured ones, at least one. */
export function warmupCount(given: number, measured: number): number {
  if (given === 0) return 0;
  return given < 1 ? Math.max(1, Math.floor(given * measured)) : Math.floor(given);
}
