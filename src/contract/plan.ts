/**
 * A plan: the frozen, fully defaulted description of a run. One engine, a list of cells, an output place.
 * Everything below the plan reads it and never changes or defaults it.
 */

/** One row of the result: one workload point at one load point. */
export interface CellPlan {
  readonly id: string;
  /** `speed`: one request a pass, its time is the result. `load`: many requests a pass, the server under load is. */
  readonly kind: 'speed' | 'load';
  /** null: a fixed prompt; the server counts it. */
  readonly promptTokens: number | null;
  readonly outputTokens: number;
  /** Requests in flight at once; null: an open loop, which has no cap on them. */
  readonly parallel: number | null;
  /** When requests arrive; null: a closed loop, where each waits for one that ends. */
  readonly arrival: ArrivalPlan | null;
  /** Requests of a measured pass; 1 for the standard speed. */
  readonly requests: number;
  /** Requests of a warm-up pass. */
  readonly warmupRequests: number;
}

/** The arrivals of an open loop. */
export interface ArrivalPlan {
  /** `poisson`: gaps drawn from the exponential distribution. `constant`: equal gaps. */
  readonly kind: 'poisson' | 'constant';
  /** Mean rate; above 0. */
  readonly requestsPerSecond: number;
}

export interface RunPlan {
  readonly v: 1;
  /** Run name; replaces the model in the output path. */
  readonly name: string | null;
  /** As given: a served name, a hub id, a folder or a file. */
  readonly model: string;
  readonly engine: EnginePlan;
  readonly workload: WorkloadPlan;
  readonly traffic: TrafficPlan;
  readonly cells: readonly CellPlan[];
  /** The cells are short probes, by which other rows are predicted; null: they are the rows themselves. */
  readonly estimate: EstimatePlan | null;
  /** What a request of a load has to keep, each time at most once; empty: nothing is asked of it. */
  readonly slo: readonly SloLimit[];
  readonly output: OutputPlan;
  readonly peaks: PeakPlan;
}

/** One limit of a service level objective (SLO), on a time of a request. */
export interface SloLimit {
  readonly metric: 'ttft' | 'tpot' | 'latency';
  /** `<=`: the limit itself is kept. */
  readonly operator: '<=' | '<';
  /** Above 0. */
  readonly limitMs: number;
}

/** The full run that an estimate predicts. */
export interface EstimatePlan {
  readonly cells: readonly CellPlan[];
  /** Measured passes of each cell: a predicted value is a mean of so many. */
  readonly repetitions: number;
  /** Warm-up passes of each cell; only the time of the full run depends on them. */
  readonly warmups: number;
}

export type EnginePlan = OpenAiPlan | LocalLlamaPlan | TransformersPlan | ManagedServerPlan | ReferencePlan;

/** A served OpenAI-compatible API. */
export interface OpenAiPlan {
  readonly api: 'openai';
  /** The endpoint that is called, its path included. */
  readonly url: string;
  /** The URL as the user gave it, when a speed dataset moved it to /v1/completions; else null. */
  readonly urlGiven: string | null;
  readonly apiKey: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly connectTimeoutMs: number | null;
  /** Longest silence between two reads. */
  readonly readTimeoutMs: number | null;
  /** Longest life of one request. */
  readonly totalTimeoutMs: number;
  readonly testConnection: boolean;
  readonly stream: boolean;
  /** URL of an HTTP proxy; null: what the environment names, for public addresses. */
  readonly proxy: string | null;
  /** HTTP/2 over TLS. */
  readonly http2: boolean;
  /** Poll without sleeping while requests are in flight. */
  readonly busyPoll: boolean;
  /** Process of the server on this machine, whose memory is read between requests; null: not named. */
  readonly serverPid: number | null;
}

/** llama.cpp in this process. */
export interface LocalLlamaPlan {
  readonly api: 'local_llama';
  /** `dummy` writes random weights of the model's published shape. */
  readonly loadFormat: 'auto' | 'dummy';
  readonly dummyQuantization: 'Q4_0' | 'Q8_0';
  /** null: chosen by a probe. */
  readonly threads: number | null;
}

/** What every engine that lives in Python, or on devices, has in common. */
export interface DevicePlan {
  /** `dummy`: random weights of the model's published shape. */
  readonly loadFormat: 'auto' | 'dummy';
  readonly dtype: string;
  /** Becomes CUDA_VISIBLE_DEVICES, such as `0,1`; null: as the environment has it. */
  readonly gpus: string | null;
  readonly trustRemoteCode: boolean;
  /** Path of the interpreter; null: found. */
  readonly python: string | null;
  /** Where a model name that is no path is looked up; `auto`: what a cache holds, else ModelScope, else Hugging Face. */
  readonly hub: 'auto' | 'huggingface' | 'modelscope';
  /** Branch, tag or commit; null: the hub's default. */
  readonly revision: string | null;
  /** Longest wait for the engine to be ready. */
  readonly startTimeoutMs: number;
  /** Start on devices that others compute on. */
  readonly allowBusy: boolean;
}

/** Hugging Face Transformers, in a Python process of ours. */
export interface TransformersPlan extends DevicePlan {
  readonly api: 'local';
  /** `flash_attention_2`, `sdpa`, `eager`, ...; null: what Transformers chooses. */
  readonly attention: string | null;
  /** null: one device, or `auto` where `gpus` names several. */
  readonly deviceMap: string | null;
  readonly compile: boolean;
}

/** A server that Tokometer starts, awaits, measures and stops. */
export interface ManagedServerPlan extends DevicePlan {
  readonly api: 'local_vllm' | 'local_sglang' | 'local_llama_server' | 'command';
  /** How llama-server's dummy weights are stored. */
  readonly dummyQuantization: 'Q4_0' | 'Q8_0';
  readonly gpuMemoryUtilization: number;
  readonly enforceEager: boolean;
  /** null: the longest prompt + generation of the plan. */
  readonly maxModelLength: number | null;
  /** Passed on as they are. */
  readonly engineArguments: readonly string[];
  /** `command`: the words of the command, `{port}` and `{model}` to be filled in; local_llama_server: the binary, or null. */
  readonly command: readonly string[] | null;
  readonly threads: number | null;
  readonly connectTimeoutMs: number | null;
  readonly readTimeoutMs: number | null;
  readonly totalTimeoutMs: number;
}

/** Scripted timing in this process: for demonstration and tests. */
export interface ReferencePlan {
  readonly api: 'reference';
  readonly timing: ReferenceTiming;
}

/** The script of the reference engine, in process and behind HTTP. */
export interface ReferenceTiming {
  readonly ttftMs: number;
  /** Time between tokens. */
  readonly itlMs: number;
  /** Each gap is drawn uniformly within plus or minus this; the mean stays. */
  readonly jitterMs: number;
  readonly prefillTokensPerSecond: number | null;
  readonly tokensPerChunk: number;
  readonly seed: number;
}

export interface WorkloadPlan {
  readonly dataset: 'speed_benchmark' | 'speed_benchmark_long' | 'prompt';
  /** The text that each request sends, of the dataset `prompt`; null: a prompt of an exact length for each request. */
  readonly prompt: string | null;
  readonly seed: number;
  readonly minOutputTokens: number | null;
  readonly temperature: number | null;
  /** Merged last into the request body. */
  readonly extraArguments: Readonly<Record<string, unknown>>;
  readonly tokenizerPath: string | null;
  /** true: token ids or an error; null: whatever the server takes. */
  readonly tokenizePrompt: boolean | null;
  /** Scale prompt and generated lengths by a probe so that the run ends within this time; null: as planned. */
  readonly fitMs: number | null;
}

export interface TrafficPlan {
  /** Measured passes a cell and execution, the most with `precision` or `timeBudgetMs`; null when `requests` rules. */
  readonly repetitions: number | null;
  /** Measured requests in all, dealt in turn over the speed cells; null when `repetitions` rules. */
  readonly requests: number | null;
  /** Passes a cell that are recorded and never averaged; with `untilSteady` the most. */
  readonly warmups: number;
  /** Warm-up passes go on until the last ones agree. */
  readonly untilSteady: boolean;
  /** Repeat until the 95 % half-width of a row's main speed is this share of it; null: as often as `repetitions` says. */
  readonly precision: number | null;
  /** Repeat until the run has taken this long; null: without a limit. */
  readonly timeBudgetMs: number | null;
  /** Starts of the engine; with `precision` or `timeBudgetMs` the most. */
  readonly executions: number;
  /** Threads that the requests of a load cell are sent on; `auto`: one, until its warm-up proves that it needs more. */
  readonly clientThreads: number | 'auto';
}

/** What the devices that compute could do at best, all of them together; null: what the catalogue knows of them. */
export interface PeakPlan {
  readonly bandwidthBytesPerSecond: number | null;
  /** Floating-point operations. */
  readonly operationsPerSecond: number | null;
}

export interface OutputPlan {
  readonly directory: string;
  readonly timestamp: boolean;
  readonly logEveryRequests: number;
  readonly debug: boolean;
}
