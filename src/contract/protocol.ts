/**
 * What was decided while a run was measured: protocol.json. The numbers of a row come from its records; why there are so
 * many of them is here.
 */
export interface ProtocolFacts {
  readonly v: 1;
  /** Every cell came to its end; false while the run lasts, and of a run that was stopped. */
  readonly isDone: boolean;
  readonly starts: readonly EngineStart[];
  readonly warmups: readonly CellWarmupEnd[];
  readonly stops: readonly CellStop[];
}

/** One life of the engine. */
export interface EngineStart {
  /** From 1. */
  readonly execution: number;
  /** From the order to start until it could answer; null: it ran before. */
  readonly readyMs: number | null;
  /** Cells in the order in which they were measured. */
  readonly cells: readonly string[];
}

/** How the warm-up of a cell ended. */
export interface WarmupEnd {
  readonly execution: number;
  readonly passes: number;
  /** null: the plan fixed the number of passes, so nothing was judged. */
  readonly steady: boolean | null;
  readonly reason: WarmupReason;
  /** Time of each pass for one generated token, in ms; null where a pass gave none. */
  readonly timesMs: readonly (number | null)[];
  /** Range of the last ones by the least of them; null: too few to judge. */
  readonly spread: number | null;
}

/**
 * `agreement`: the last passes differ by little. `no-trend`: they scatter, and their direction changed twice.
 * `most-passes`, `time`: the limit of passes, or of time, was reached before. `failed`: a pass gave no time.
 */
export type WarmupReason = 'fixed' | 'agreement' | 'no-trend' | 'most-passes' | 'time' | 'failed';

export interface CellWarmupEnd extends WarmupEnd {
  readonly cell: string;
}

/** Why a cell was not repeated again. */
export interface StopDecision {
  readonly reason: StopReason;
  /** Of the main speed when it stopped: half of the 95 % interval by the speed; null: unknown, or not asked for. */
  readonly halfWidth: number | null;
}

/**
 * `repetitions`: as many as the plan says. `precision`: the interval is as narrow as asked for. `most`: it is not, at the most
 * repetitions or executions that the plan allows. `time-budget`: another one would not end in time. `failing`: the last
 * ones all failed.
 */
export type StopReason = 'repetitions' | 'precision' | 'most' | 'time-budget' | 'failing';

export interface CellStop extends StopDecision {
  readonly cell: string;
}
