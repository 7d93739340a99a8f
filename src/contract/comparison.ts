import type { ArrivalPlan } from './plan.ts';
import type { Interval, MetricDefinition } from './summary.ts';

/** `differs within these starts`: a side has fewer than two starts of its engine, so another start might say otherwise. */
export type Verdict = 'faster' | 'slower' | 'differs within these starts' | 'no evidence' | 'not comparable';

/** What two results are told apart by. */
export type DifferenceField =
  | 'model'
  | 'weights'
  | 'dtype'
  | 'settings'
  | 'lengths'
  | 'workload'
  | 'cache'
  | 'definition'
  | 'engine'
  | 'machine';

export interface Difference {
  readonly field: DifferenceField;
  readonly base: string;
  readonly candidate: string;
  /** It makes speeds not comparable, and was not allowed. */
  readonly blocks: boolean;
}

/** One metric of one cell on both sides. */
export interface ComparedValue extends MetricDefinition {
  readonly base: SideValue;
  readonly candidate: SideValue;
  /** Candidate by base; null where one is 0. */
  readonly ratio: number | null;
  /** Of the ratio; null where a side has no two values. */
  readonly interval: Interval | null;
  readonly pValue: number | null;
  /** Adjusted over all tests of the comparison. */
  readonly adjustedPValue: number | null;
  /** null: not a speed or a time, such as memory; only its values are told. */
  readonly verdict: Verdict | null;
  /** Why it is this verdict, in a few words. */
  readonly reason: string;
}

export interface SideValue {
  readonly value: number;
  readonly n: number;
  /** Starts of the engine. */
  readonly executions: number;
}

export interface ComparedCell {
  /** The cell's id in the base. */
  readonly cell: string;
  /** What people read: `prompt 512, output 128`. */
  readonly name: string;
  readonly promptTokens: number | null;
  readonly outputTokens: number;
  /** null: an open loop, or not told. */
  readonly parallel: number | null;
  /** null: a closed loop. */
  readonly arrival: ArrivalPlan | null;
  /** Why its speeds are not comparable, of this cell alone; null: they are. */
  readonly blockedBy: string | null;
  readonly values: readonly ComparedValue[];
}

export interface ComparedSide {
  readonly place: string;
  readonly model: string;
  readonly engine: string;
  readonly startedAt: string;
}

/** Two results beside each other. */
export interface Comparison {
  readonly v: 1;
  readonly base: ComparedSide;
  readonly candidate: ComparedSide;
  readonly differences: readonly Difference[];
  /** What neither result proves to be equal, such as the flags of a served API; empty: all of it is known. */
  readonly unproved: readonly string[];
  /** Sides that are estimates: of those the rows that were measured are compared, never the predicted ones. */
  readonly estimates: readonly ('base' | 'candidate')[];
  readonly cells: readonly ComparedCell[];
  /** Cells of one side without a partner. */
  readonly onlyInBase: readonly string[];
  readonly onlyInCandidate: readonly string[];
  /** Smallest change that is called one: 0.01. */
  readonly minimumEffect: number;
  /** Expected share of false ones among the verdicts faster, slower and differs: 0.04 at most. */
  readonly falseDiscoveryRate: number;
  /** How many tests that is held over. */
  readonly tests: number;
  readonly gates: readonly GateResult[];
}

export interface GateResult {
  /** As it was written. */
  readonly gate: string;
  readonly missed: boolean;
  /** One sentence of what was found. */
  readonly text: string;
}
