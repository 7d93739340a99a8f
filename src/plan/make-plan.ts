// The plan room: argv, environment and file come in, one frozen RunPlan goes out. It validates everything and then
// fails, all problems at once. It must not know engines, tokenizers or disks beyond the files that options name.
import type { RunPlan } from '../contract/plan.ts';
import { speedCells } from './cells.ts';
import { enginePlan } from './engine-plan.ts';
import { checkEstimate, estimatePlan } from './estimate-plan.ts';
import { fixedPrompt } from './fixed-prompt.ts';
import { checkOpenLoop, loadCells } from './load-cells.ts';
import type { PerfOptions } from './option/perf.ts';
import type { Problems } from './problems.ts';
import { checkSlo } from './check-slo.ts';
import { checkTraffic, trafficPlan } from './traffic-plan.ts';

// The worker of Transformers is a process of its own, and takes one request at a time over a pipe.
const inThisProcess: readonly string[] = ['local', 'local_llama', 'reference'];

/** Checks what options mean together and derives the plan. Problems are collected; the plan is whole when there are none. */
export function makePlan(options: PerfOptions, problems: Problems): RunPlan {
  checkTogether(options, problems);
  checkTraffic(options, problems);
  checkEstimate(options, problems);
  checkSlo(options, problems);
  const prompt = options.prompt === null ? null : fixedPrompt(options.prompt, problems);
  const isLoad = prompt !== null;
  const fullCells = isLoad ? loadCells(options, problems) : speedCells(options, problems);
  const fullTraffic = trafficPlan(options, isLoad ? 'load' : 'speed', fullCells.length);
  const { cells, traffic, estimate } =
    options.estimate && !isLoad
      ? estimatePlan(fullCells, fullTraffic)
      : { cells: fullCells, traffic: fullTraffic, estimate: null };
  return deepFreeze({
    v: 1,
    name: options.name,
    model: options.model ?? (options.api === 'reference' ? 'reference' : ''),
    engine: enginePlan(options, problems),
    workload: {
      dataset: isLoad ? 'prompt' : options.dataset,
      prompt,
      seed: options.seed,
      minOutputTokens: options.minTokens ?? (isLoad ? null : options.maxTokens),
      temperature: options.temperature,
      extraArguments: options.extraArguments,
      tokenizerPath: options.tokenizerPath,
      tokenizePrompt: options.tokenizePrompt,
      fitMs: options.fitMs,
    },
    traffic,
    cells,
    estimate,
    slo: options.slo,
    output: {
      directory: options.outputsDirectory,
      timestamp: options.timestamp,
      logEveryRequests: options.logEveryRequests,
      debug: options.debug,
    },
    peaks: {
      bandwidthBytesPerSecond: options.peakBandwidth === null ? null : options.peakBandwidth * 1e9,
      operationsPerSecond: options.peakTflops === null ? null : options.peakTflops * 1e12,
    },
  });
}

function checkTogether(options: PerfOptions, problems: Problems): void {
  if (options.model === null && options.api !== 'reference') {
    problems.add('--model is missing', 'the name the server knows it by, or for local_llama a .gguf file');
  }
  checkOpenLoop(options, problems);
  if (options.minTokens !== null && options.minTokens > options.maxTokens) {
    problems.add(`--min-tokens ${options.minTokens} is above --max-tokens ${options.maxTokens}`);
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
  const api = options.engineCommand === null ? options.api : 'command';
  if (options.clientThreads !== 'auto' && options.clientThreads > 1 && inThisProcess.includes(api)) {
    problems.add(
      `--client-threads ${options.clientThreads}: client threads send to a server, and --api ${api} answers without one`,
      'leave it out, or measure a server: --api openai, local_vllm or local_llama_server',
    );
  }
  if (options.api === 'command' && options.engineCommand === null) {
    problems.add('--api command needs the command', "such as --engine-command 'my-server --port {port}'");
  }
  if (options.loadFormat === 'dummy' && (options.api === 'openai' || options.engineCommand !== null)) {
    problems.add('--load-format dummy is for engines that Tokometer starts itself', 'use it with --api local_llama');
  }
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}
