import type { CalibrationUse, RowBound } from './calibration.ts';
import type { EngineFacts } from './engine.ts';
import type { Repeats } from './manifest.ts';
import type { ArrivalPlan, SloLimit } from './plan.ts';
import type { StopDecision, WarmupEnd } from './protocol.ts';
import type { Outcome } from './request.ts';
import type { ServerTruth } from './server-truth.ts';
import type { LengthScale, PromptMethod } from './workload.ts';

export interface MetricDefinition {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower' | 'neither';
  readonly formula: string;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
  readonly method: string;
  /** What scattered: repetitions within one start of the engine, or starts (of two and more, each with its repetitions). */
  readonly covers: 'repetitions' | 'executions';
}

/** One number that a person reads, with everything needed to defend it. */
export interface SummaryValue extends MetricDefinition {
  /** null when it can't be given; `reason` says why. */
  readonly value: number | null;
  readonly reason: string | null;
  readonly n: number;
  /** How `value` comes from the raw values: `mean`, `sum over sum`. */
  readonly method: string;
  readonly interval: Interval | null;
  readonly spread: Spread | null;
  /** Of load rows, over requests or tokens; empty elsewhere. */
  readonly percentiles: readonly Percentile[];
  /** What the value is made of; of times under load the mean of each pass, since all requests are too many to list. */
  readonly raw: readonly number[];
  /** For each raw value the execution that it was measured in. */
  readonly executions: readonly number[];
}

/** The value that so many percent of the sample don't exceed. */
export interface Percentile {
  /** 50, 90, 95, 99. */
  readonly percent: number;
  /** null when the sample can't carry it; `reason` says why. */
  readonly value: number | null;
  readonly reason: string | null;
  /** null when there is none; `intervalReason` says why. */
  readonly interval: Interval | null;
  readonly intervalReason: string | null;
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly standardDeviation: number | null;
}

/** `proved-cold`: the server reported no cached token of any request. */
export type RowCache = 'off' | 'proved-cold' | 'hit' | 'unknown';

export type RowMark =
  | 'coalesced'
  | 'speculative-or-batched'
  | 'short-output'
  | 'single-run'
  | 'partial'
  | 'unsteady'
  | 'outlier';

/** A repetition far from the others; it stays in every value. */
export interface Outlier {
  readonly execution: number;
  readonly repetition: number;
  /** Metric by which it stands out, its value there and the median of the row. */
  readonly metric: string;
  readonly value: number;
  readonly median: number;
}

/** One start of the engine. */
export interface ColdStart {
  readonly execution: number;
  /** From the order to start until it could answer, in ms; null: it ran before. */
  readonly readyMs: number | null;
  /** The first request that it was sent in the run, in ms; null where none was answered. */
  readonly firstRequest: {
    readonly cell: string;
    readonly phase: 'warmup' | 'measured';
    readonly ttftMs: number | null;
    readonly latencyMs: number | null;
  } | null;
}

/** What disturbed a row while it was measured. */
export type NoiseReason =
  | 'foreign CPU load'
  | 'foreign GPU process'
  | 'foreign requests'
  | 'clock change'
  | 'throttled';

/** One disturbance, with what was seen of it. */
export interface RowNoise {
  readonly reason: NoiseReason;
  /** A clause with its numbers: `others used 0.98 of a core`. */
  readonly text: string;
}

/** One request as people want it in the results; chunk stamps stay in records.jsonl. Times in ms, speeds in tokens/s. */
export interface RequestResult {
  readonly id: number;
  readonly phase: 'warmup' | 'measured';
  readonly execution: number;
  readonly repetition: number;
  readonly attempts: number;
  readonly sentMs: number;
  readonly connectMs: number | null;
  readonly ttftMs: number | null;
  readonly latencyMs: number | null;
  readonly decodeSpeed: number | null;
  readonly generatedSpeed: number | null;
  readonly totalSpeed: number | null;
  readonly promptTokens: number | null;
  readonly cachedTokens: number | null;
  readonly outputTokens: number | null;
  readonly outcome: Outcome;
}

/** A published row of the same model, framework and lengths, beside what was measured. */
export interface PublishedFigure {
  /** Document, commit and date. */
  readonly source: string;
  readonly model: string;
  readonly framework: string;
  /** null: not stated. */
  readonly version: string | null;
  readonly hardware: string;
  readonly quantization: string;
  readonly note: string | null;
  /** By the document's own definition of speed; the measured one is the value of the row with the same id. */
  readonly published: SummaryValue;
  readonly ratio: SummaryValue;
  /** What is not the same, in clauses: hardware, version, quantisation, dummy weights. */
  readonly differences: readonly string[];
}

/** What a number means that stands outside of a value. */
export interface FieldDefinition {
  /** `[]` is each of a list, `*` any name. */
  readonly path: string;
  readonly unit: string;
  readonly formula: string;
  readonly n: number;
  readonly method: string;
}

export interface SummaryRow {
  readonly cell: string;
  readonly kind: 'speed' | 'load';
  /** null: a fixed prompt; the value `prompt_tokens` has its count. */
  readonly promptTokens: number | null;
  readonly outputTokens: number;
  /** Requests in flight at once; null: an open loop. */
  readonly parallel: number | null;
  /** null: a closed loop. */
  readonly arrival: ArrivalPlan | null;
  /** By metric id. */
  readonly values: Readonly<Record<string, SummaryValue>>;
  /** Nearest first; empty: nothing was published for this model, framework and length. */
  readonly published: readonly PublishedFigure[];
  readonly valid: boolean;
  /** Why not valid; empty when valid. */
  readonly reasons: readonly string[];
  readonly cache: RowCache;
  readonly marks: readonly RowMark[];
  /** By the samples of the machine that the row overlaps; empty: a quiet machine, or nothing was sampled. */
  readonly noise: readonly RowNoise[];
  /** null: the server tells nothing, or the stamps are the engine's own. */
  readonly serverTruth: ServerTruth | null;
  /** How the warm-up of each execution ended; empty: the run did not come so far, or there was none. */
  readonly warmups: readonly (WarmupEnd & { readonly text: string })[];
  /** Why there were no more repetitions; null: the run ended before. */
  readonly stopped: (StopDecision & { readonly text: string }) | null;
  readonly outliers: readonly Outlier[];
  /** What limits its numbers; null: not judged, for want of a calibration that fits, or the engine is in this process. */
  readonly bound: RowBound | null;
  /** Measured passes that were not steady, in a clause with its evidence; null: no trend, or the warm-up was judged. */
  readonly trend: string | null;
  readonly counts: {
    readonly measured: number;
    readonly failed: number;
    readonly warmup: number;
    readonly planned: number;
    /** Engine starts with a measured request. */
    readonly executions: number;
  };
  /** All requests of a speed row; the first 1,000 of a load row, the rest is in records.jsonl. */
  readonly requests: readonly RequestResult[];
}

/** A warning with its evidence and the flag that helps. `rows` names the cells it concerns; empty: the whole run. */
export interface Advice {
  readonly id: string;
  readonly text: string;
  readonly hint: string | null;
  readonly rows: readonly string[];
}

/** Rows of the full run, predicted from shorter requests: none of these numbers was measured. */
export interface Estimate {
  /** Why there are no rows; null: there are. */
  readonly reason: string | null;
  readonly rows: readonly EstimatedRow[];
  /** What was fitted to the measured requests. */
  readonly laws: readonly FittedLaw[];
  /** Time of the requests that were measured for it, warm-ups included, and what the full run's would take. */
  readonly measuredTime: SummaryValue;
  readonly fullTime: SummaryValue;
}

/** One row of the full run. */
export interface EstimatedRow {
  readonly cell: string;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** By metric id; intervals are prediction intervals of what the full run would show. */
  readonly values: Readonly<Record<string, SummaryValue>>;
  /** Longer than any measured prompt, by this factor; 1: within what was measured. */
  readonly beyondMeasured: number;
}

/** A law of time, with its parameters. */
export interface FittedLaw {
  readonly of: 'decode' | 'prefill';
  readonly formula: string;
  readonly parameters: readonly SummaryValue[];
  /** Residual standard deviation of a request by its time. */
  readonly deviation: SummaryValue;
}

/** The self-describing result of a run. */
export interface Summary {
  readonly v: 1;
  readonly tokometer: string;
  readonly model: string;
  readonly name: string | null;
  readonly startedAt: string;
  readonly directory: string;
  /** `partial`: stopped before its plan was done; what was recorded is here. */
  readonly state: 'complete' | 'partial';
  readonly engine: EngineFacts;
  readonly machine: string;
  readonly workload: {
    readonly dataset: string;
    readonly method: PromptMethod | 'unknown';
    readonly scale: LengthScale | null;
    readonly seed: number;
    readonly nonce: string | null;
  };
  /** null: the machine had none, or the engine is in this process. */
  readonly calibration: CalibrationUse | null;
  /** The run that this one repeats; null: none. */
  readonly repeats: Repeats | null;
  /** By which requests of a load are judged; empty: by nothing. */
  readonly slo: readonly SloLimit[];
  /** The starts of the engine, in their order. */
  readonly starts: readonly ColdStart[];
  readonly rows: readonly SummaryRow[];
  /** null: the rows are what was asked for. */
  readonly estimate: Estimate | null;
  readonly advice: readonly Advice[];
  readonly warnings: readonly string[];
  /** Of every number outside of values. */
  readonly fields: readonly FieldDefinition[];
}
