import type { RunPlan } from './plan.ts';

/** A list of plans, each with the folder of its runs: batch.json. What is done is never stored; the folders tell it. */
export interface Batch {
  readonly v: 1;
  readonly name: string;
  /** In the order in which they are run; those that the batch file no longer asks for stand last. */
  readonly entries: readonly BatchEntry[];
}

export interface BatchEntry {
  /** Unique in its batch, and safe as the name of a folder. */
  readonly id: string;
  /** SHA-256 of what the plan measures: equal digests are the same entry, wherever they stand in the file. */
  readonly digest: string;
  /** Where the runs of this entry lie, relative to batch.json: a folder each, named by its time. */
  readonly directory: string;
  /** false: the batch file named it once and no longer does; its runs are kept. */
  readonly asked: boolean;
  /** Secrets are masked. */
  readonly plan: RunPlan;
}
