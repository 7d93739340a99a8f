/** What the server itself says of a row's measured requests, beside what the client saw. */
export interface ServerTruth {
  /** `/metrics of vLLM`, `llama-server timings`. */
  readonly source: string;
  /** Why nothing of it is used, in a clause; null: `figures` stand. */
  readonly reason: string | null;
  /** Requests that the server answered meanwhile and that are not this run's; null: not known. */
  readonly otherRequests: number | null;
  readonly figures: readonly ServerFigure[];
}

/** One figure twice: a mean a request of a time, or a sum of tokens. */
export interface ServerFigure {
  readonly id: ServerFigureId;
  /** `TTFT`, `latency`, `decode time`, `prompt tokens`, `generated tokens`. */
  readonly label: string;
  readonly unit: 'ms' | 'tokens';
  /** What the two clocks cover. */
  readonly formula: string;
  /** Requests. */
  readonly n: number;
  readonly server: number;
  /** null: not known of all those requests. */
  readonly client: number | null;
  /** (client - server) / server. */
  readonly gapPercent: number | null;
}

export type ServerFigureId = 'ttft' | 'latency' | 'decode_time' | 'prompt_tokens' | 'output_tokens';
