import type { ArrivalPlan } from './plan.ts';

/** A result of another benchmark, as its file tells it and never more. */
export interface ForeignResult {
  readonly tool: ForeignTool;
  /** Where it was read. */
  readonly file: string;
  readonly model: string | null;
  readonly startedAt: string | null;
  readonly engine: {
    readonly name: string;
    readonly version: string | null;
    readonly device: string | null;
    readonly url: string | null;
    readonly weights: 'real' | 'dummy' | 'unknown';
    readonly dtype: string | null;
    readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  };
  readonly cells: readonly ForeignCell[];
  /** Things to tell the user, in whole sentences. */
  readonly notes: readonly string[];
}

export type ForeignTool = 'EvalScope' | 'llama-bench' | 'vLLM bench';

export interface ForeignCell {
  /** What the tool calls it, such as `tg128 @ d512`. */
  readonly name: string;
  readonly kind: 'speed' | 'load';
  readonly promptTokens: number | null;
  readonly outputTokens: number;
  /** null: not told, or an open loop. */
  readonly parallel: number | null;
  /** null: a closed loop. */
  readonly arrival: ArrivalPlan | null;
  readonly failed: number;
  readonly values: readonly ForeignValue[];
}

export interface ForeignValue {
  /** Id of the metric of ours that it is, in that metric's unit. */
  readonly metric: string;
  /** How the tool defines it, where that is not our definition; null: the same. */
  readonly definition: string | null;
  readonly value: number;
  /** How the tool came to it. */
  readonly method: string;
  /** Requests or repetitions that it rests on. */
  readonly n: number;
  /** The repetitions themselves; empty: the file tells the mean alone. */
  readonly samples: readonly number[];
  readonly percentiles: readonly { readonly percent: number; readonly value: number }[];
}
