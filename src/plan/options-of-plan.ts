import type { CellPlan, EnginePlan, RunPlan, TrafficPlan } from '../contract/plan.ts';
import { warmupCount } from './cells.ts';
import { perfOptions, type PerfOptions } from './option/perf.ts';
import { joinWords } from './option/split-words.ts';
import { Problems } from './problems.ts';
import { readOptions } from './read-options.ts';

/**
 * Options that make this plan, all of them spelt out; where it goes and how much is told are not among them. Whether they make the very
 * same plan is for the caller to check: a plan that no options make (one of the library) has none.
 */
export function optionsOfPlan(plan: RunPlan): PerfOptions {
  const { workload, peaks } = plan;
  const defaults = readOptions(perfOptions, { flags: {} }, new Problems());
  return {
    ...defaults,
    ...engineOptions(plan.engine, defaults),
    model: plan.model,
    name: plan.name,
    dataset: workload.dataset === 'prompt' ? defaults.dataset : workload.dataset,
    prompt: workload.prompt,
    seed: workload.seed,
    minTokens: workload.minOutputTokens,
    temperature: workload.temperature ?? defaults.temperature,
    extraArguments: workload.extraArguments,
    tokenizerPath: workload.tokenizerPath,
    tokenizePrompt: workload.tokenizePrompt,
    fitMs: workload.fitMs,
    slo: plan.slo,
    ...cellOptions(plan),
    peakBandwidth: peaks.bandwidthBytesPerSecond === null ? null : peaks.bandwidthBytesPerSecond / 1e9,
    peakTflops: peaks.operationsPerSecond === null ? null : peaks.operationsPerSecond / 1e12,
  };
}

function cellOptions({ cells, traffic, estimate }: RunPlan): Partial<PerfOptions> {
  if (estimate !== null) {
    const { repetitions, warmups } = estimate;
    const full = { ...traffic, repetitions, warmups, requests: null };
    return { ...trafficOptions(estimate.cells, full), estimate: true };
  }
  return trafficOptions(cells, traffic);
}

function trafficOptions(cells: readonly CellPlan[], traffic: TrafficPlan): Partial<PerfOptions> {
  const { repetitions, precision, timeBudgetMs, executions, clientThreads } = traffic;
  const repeated = { repetitions, precision, timeBudgetMs, executions, clientThreads };
  const maxTokens = cells[0]?.outputTokens ?? 1;
  const prompts = cells.flatMap(({ promptTokens }) => promptTokens ?? []);
  if (prompts.length > 0) {
    const requests = traffic.requests === null ? null : [traffic.requests];
    const warmups = traffic.untilSteady ? 'auto' : traffic.warmups;
    return { ...repeated, maxTokens, promptLengths: prompts, requests, warmups };
  }
  const rates = cells.flatMap(({ arrival }) => arrival?.requestsPerSecond ?? []);
  return {
    ...repeated,
    maxTokens,
    requests: cells.map(({ requests }) => requests),
    warmups: traffic.untilSteady ? 'auto' : traffic.warmups === 0 ? 0 : warmupsOf(cells),
    ...(rates.length > 0
      ? { rates, arrival: cells[0]?.arrival?.kind ?? 'poisson' }
      : { parallel: cells.map(({ parallel }) => parallel ?? 1) }),
  };
}

// One number for all cells, a share of the measured ones, or what cells have when nobody says.
function warmupsOf(cells: readonly CellPlan[]): number | null {
  const [first] = cells;
  if (first === undefined) return null;
  const isOne = cells.every(({ warmupRequests }) => warmupRequests === first.warmupRequests);
  if (isOne) return first.warmupRequests;
  const given = first.warmupRequests / first.requests;
  const isShare = cells.every(({ warmupRequests, requests }) => warmupRequests === warmupCount(given, requests));
  return isShare ? given : null;
}

function engineOptions(engine: EnginePlan, defaults: PerfOptions): Partial<PerfOptions> {
  switch (engine.api) {
    case 'openai': {
      const { urlGiven, ...rest } = engine;
      return { ...rest, ...timesOf(engine, defaults), url: urlGiven ?? engine.url };
    }
    case 'local_llama':
    case 'local':
      return engine;
    case 'reference': {
      const { seed: _, ...timing } = engine.timing;
      return { api: engine.api, ...timing };
    }
    case 'local_vllm':
    case 'local_sglang':
    case 'local_llama_server':
    case 'command': {
      const { command, engineArguments, ...rest } = engine;
      return {
        ...rest,
        engineArguments: engineArguments.length === 0 ? null : joinWords(engineArguments),
        engineCommand: command === null ? null : joinWords(command),
        ...timesOf(engine, defaults),
      };
    }
  }
}

type Times = Pick<PerfOptions, 'connectTimeoutMs' | 'readTimeoutMs'>;

function timesOf(engine: Extract<EnginePlan, { connectTimeoutMs: number | null }>, defaults: PerfOptions): Times {
  return {
    connectTimeoutMs: engine.connectTimeoutMs ?? defaults.connectTimeoutMs,
    readTimeoutMs: engine.readTimeoutMs ?? defaults.readTimeoutMs,
  };
}
