import type { CellPlan } from '../contract/plan.ts';
import { warmupCount } from './cells.ts';
import type { PerfOptions } from './option/perf.ts';
import type { Problems } from './problems.ts';

// Enough for a 99th percentile, and a few waves so that the ends of the pass weigh little.
const fewestRequests = 100;
const defaultWaves = 4;
const defaultArrivalSeconds = 30;
const warmupArrivalSeconds = 2;

/** One load, and the requests that its passes have when nobody says how many. */
interface LoadPoint extends Pick<CellPlan, 'parallel' | 'arrival'> {
  /** Stands in the cell's id. */
  readonly name: string;
  /** The flag and value that asked for it. */
  readonly given: string;
  readonly requests: number;
  readonly warmupRequests: number;
}

/** The cells of one fixed prompt: one for each rate of an open loop, else for each number of requests in flight. */
export function loadCells(options: PerfOptions, problems: Problems): readonly CellPlan[] {
  const { requests: numbers, warmups, maxTokens } = options;
  checkLoad(options, problems);
  const points = isOpenLoop(options) ? openPoints(options) : closedPoints(options);
  const cells = points.map(({ name, parallel, arrival, ...unset }, place): CellPlan => {
    const requests = (numbers?.length === 1 ? numbers[0] : numbers?.[place]) ?? unset.requests;
    return {
      id: `${name}-n${requests}-g${maxTokens}`,
      kind: 'load',
      promptTokens: null,
      outputTokens: maxTokens,
      parallel,
      arrival,
      requests,
      warmupRequests:
        warmups === null || warmups === 'auto'
          ? Math.min(unset.warmupRequests, requests)
          : warmupCount(warmups, requests),
    };
  });
  for (const [place, { id, requests }] of cells.entries()) {
    if (cells.findIndex((cell) => cell.id === id) === place) continue;
    problems.add(
      `${points[place]?.given} with --number ${requests} is there twice`,
      '--repetitions repeats each point',
    );
  }
  return cells;
}

/** Whether requests arrive by a clock of their own. */
function isOpenLoop({ rates }: PerfOptions): boolean {
  return rates !== null && rates.length > 0;
}

// One wave opens every connection and runs the code of each stream once; without it the longest gap of the measured ones
// is that of the first wave.
function closedPoints({ parallel }: PerfOptions): LoadPoint[] {
  return parallel.map((inFlight) => ({
    name: `c${inFlight}`,
    given: `--parallel ${inFlight}`,
    parallel: inFlight,
    arrival: null,
    requests: Math.max(fewestRequests, defaultWaves * inFlight),
    warmupRequests: inFlight,
  }));
}

function openPoints({ rates, arrival: kind }: PerfOptions): LoadPoint[] {
  return (rates ?? []).map((requestsPerSecond) => ({
    name: `r${requestsPerSecond}`,
    given: `--rate ${requestsPerSecond}`,
    parallel: null,
    arrival: { kind, requestsPerSecond },
    requests: Math.max(fewestRequests, Math.ceil(defaultArrivalSeconds * requestsPerSecond)),
    warmupRequests: Math.ceil(warmupArrivalSeconds * requestsPerSecond),
  }));
}

/** Flags of an open loop that can't hold; told for a dataset, too. */
export function checkOpenLoop(options: PerfOptions, problems: Problems): void {
  if (isOpenLoop(options)) return;
  if (options.openLoop) {
    problems.add('--open-loop needs the rate at which requests arrive', 'such as --rate 20, requests a second');
  }
  if (options.arrival !== 'poisson') {
    problems.add(`--arrival ${options.arrival} is how requests of a --rate arrive, and there is none`, 'add --rate 20');
  }
}

function checkLoad(options: PerfOptions, problems: Problems): void {
  checkPoints(options, problems);
  if (options.promptLengths !== null) {
    problems.add('--prompt is one text, and --prompt-lengths asks for prompts of other lengths', 'give one of them');
  }
  if (options.tokenizePrompt === true) {
    problems.add('--tokenize-prompt: a fixed --prompt is sent as the text it is', 'leave it out');
  }
  if (options.fitMs !== null) {
    problems.add('--fit scales prompt lengths, and a --prompt has the length it has', 'lower --number or --max-tokens');
  }
  if (options.api === 'local') {
    problems.add(
      '--prompt: Transformers is measured with token ids, and its worker has no tokenizer',
      'use --prompt-lengths, or serve the model: --api local_vllm',
    );
  }
}

function checkPoints(options: PerfOptions, problems: Problems): void {
  const { parallel, rates, requests, api } = options;
  const isOpen = isOpenLoop(options);
  const points = isOpen ? (rates ?? []) : parallel;
  const flag = isOpen ? '--rate' : '--parallel';
  if (requests !== null && requests.length !== 1 && requests.length !== points.length) {
    problems.add(
      `${flag} has ${countOf(points)} (${points.join(' ')}) and --number ${countOf(requests)} (${requests.join(' ')})`,
      `give one number for each ${flag}, or one for all`,
    );
  }
  const most = Math.max(...parallel);
  if (isOpen && (most > 1 || parallel.length > 1)) {
    problems.add(
      `--rate ${points.join(' ')} and --parallel ${parallel.join(' ')}: an open loop has no cap on requests in flight`,
      'give --rate for requests that arrive by the clock, or --parallel for so many in flight',
    );
  } else if ((isOpen || most > 1) && (api === 'local' || api === 'local_llama')) {
    const name = api === 'local' ? 'Transformers generates' : 'the embedded llama.cpp answers';
    problems.add(
      `${flag} ${isOpen ? points.join(' ') : most}: ${name} one request at a time, so others would only wait in line`,
      `leave it ${isOpen ? 'out' : 'at 1'}, or measure a server: --api openai, local_vllm or local_llama_server`,
    );
  }
}

function countOf(values: readonly number[]): string {
  return values.length === 1 ? '1 value' : `${values.length} values`;
}
