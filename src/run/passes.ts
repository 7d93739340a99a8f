import type { CellPlan } from '../contract/plan.ts';
import type { RateSample } from '../stats/unit-time.ts';

/** One pass: one request of a speed cell, or one loop of a load cell, in the order of the run. */
export interface Pass {
  /** Position in the run. */
  readonly index: number;
  readonly cell: CellPlan;
  readonly phase: 'warmup' | 'measured';
  /** Life of the engine, from 1; `executions` at most. */
  readonly execution: number;
  readonly executions: number;
  /** From 1, within cell, phase and execution. */
  readonly repetition: number;
  /** null: as many as there is time for. */
  readonly repetitions: number | null;
  /** `repetitions` is the most: results decide. */
  readonly isOpen: boolean;
  readonly requests: number;
  /** Of a request, as the cell's last pass had it; null: it is the first. */
  readonly latencyMs: number | null;
  /** Index of its first request in the run, by which its prompt can be made again. */
  readonly firstRequest: number;
  /** What is still to come, this pass included, as far as is known. */
  readonly ahead: readonly Ahead[];
  /** When the run's time is up, on the run clock; null: it has no limit. */
  readonly deadlineMs: number | null;
}

/** Passes of a cell that are still to come, at least. */
export interface Ahead {
  readonly cell: CellPlan;
  readonly warmups: number;
  readonly measured: number;
}

/** What decisions need of a pass that ended. */
export interface PassResult {
  /** Tokens and seconds of the main speed; null: the pass gave none. */
  readonly work: RateSample | null;
  /** Time of the whole pass for one generated token; null: nothing was generated. */
  readonly tokenMs: number | null;
  readonly durationMs: number;
  /** From send to end, the mean of answered requests; null: none was. */
  readonly latencyMs: number | null;
}

/** How many passes that is. */
export function passesOf(ahead: readonly Ahead[]): number {
  return ahead.reduce((sum, { warmups, measured }) => sum + warmups + measured, 0);
}
