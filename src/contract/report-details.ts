import type { RequestResult, Summary } from './summary.ts';

/** What a report draws beside the summary: made of the records and samples of a run, thinned to what a screen can show. */
export interface ReportDetails {
  /** At most 200: of each row failed requests, the slowest, and those next to its median. */
  readonly timelines: readonly RequestTimeline[];
  readonly distributions: readonly Distribution[];
  readonly series: readonly TimeSeries[];
  /** When passes ran, in the order of time. */
  readonly spans: readonly PassSpan[];
  readonly hardware: HardwareLines;
}

/** When the tokens of one request arrived. */
export interface RequestTimeline {
  readonly cell: string;
  /** Why this one was kept; `other`: a row of few requests keeps them all. */
  readonly why: 'failed' | 'slowest' | 'median' | 'other';
  readonly request: RequestResult;
  /** Each read that is shown, in µs since the one before it; the first since the request was sent. */
  readonly gapUs: readonly number[];
  /** Tokens that arrived since the read before; where nobody counts the tokens of a chunk, each chunk stands for one. */
  readonly tokens: readonly number[];
  /** Reads of the request; where there are more than are shown, those around the longest gaps are among them. */
  readonly reads: number;
  /** From the request sent to its end. */
  readonly endUs: number;
}

/** How a time of the requests (`itl`: of the tokens) of a load row is distributed. */
export interface Distribution {
  readonly cell: string;
  readonly metric: 'ttft' | 'tpot' | 'itl' | 'latency';
  readonly unit: 'ms';
  readonly n: number;
  /** Quantiles at even steps of the probability from 0 to 1. */
  readonly quantiles: readonly number[];
}

export type SeriesId =
  | 'output'
  | 'in-flight'
  | 'send-delay'
  | 'own-cpu'
  | 'other-cpu'
  | 'stolen-cpu'
  | 'gpu-use'
  | 'gpu-power'
  | 'gpu-clock'
  | 'gpu-memory';

/** Something over the time of the run. */
export interface TimeSeries {
  readonly id: SeriesId;
  readonly label: string;
  readonly unit: string;
  /** The GPU that it is of; null: none. */
  readonly device: string | null;
  /** Seconds of the run's clock, and the value there. */
  readonly seconds: readonly number[];
  readonly values: readonly number[];
}

export interface PassSpan {
  readonly cell: string;
  readonly phase: 'warmup' | 'measured';
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** What the hardware could do, and what memory a context asks for. */
export interface HardwareLines {
  /** null: no peak is known. */
  readonly bandwidth: PeakLine | null;
  readonly compute: PeakLine | null;
  readonly memory: readonly MemoryPoint[];
  /** Of the model's shape; null: not known. */
  readonly keyValueBytesPerToken: number | null;
}

export interface PeakLine {
  readonly value: number;
  readonly unit: 'GB/s' | 'TFLOP/s';
  readonly source: string;
}

/** The largest memory of a row. */
export interface MemoryPoint {
  readonly cell: string;
  /** Prompt and generated tokens of the request. */
  readonly contextTokens: number;
  readonly gibibytes: number;
  readonly method: string;
}

/** What a report page carries for its script, and for whoever saves it. */
export interface PageData {
  readonly v: 1;
  readonly runs: readonly PageRun[];
}

export interface PageRun {
  /** Among runs that lie over one another. */
  readonly label: string;
  /** With the requests that the page lists. */
  readonly summary: Summary;
  readonly details: PageDetails | null;
}

/** The same without what the page says in words. */
export interface PageDetails extends Omit<ReportDetails, 'timelines'> {
  readonly timelines: readonly Omit<RequestTimeline, 'request'>[];
}
