import type { EnvironmentFacts } from './environment.ts';
import type { RunPlan } from './plan.ts';
import type { RequestResult, Summary } from './summary.ts';

/** What leaves for other programs: tables, the same in every format that has tables. */

/** `timestamp`: an ISO 8601 text in UTC. `integer`: within 2^53. */
export type ColumnType = 'text' | 'integer' | 'real' | 'boolean' | 'timestamp';

/** null: not known, or there is none. */
export type Field = string | number | boolean | null;

/** One column; units are part of names. `of` reads its value off what a line is made of. */
export interface Column<Source> {
  readonly name: string;
  readonly type: ColumnType;
  readonly describe: string;
  readonly of: (source: Source) => Field;
}

export interface Table<Source> {
  readonly name: string;
  readonly describe: string;
  readonly columns: readonly Column<Source>[];
  /** Columns whose values together no two lines share. */
  readonly key: readonly string[];
}

/** One request of all, beyond those that a summary lists too. Times in ms since the start of the run. */
export interface ExportedRequest {
  readonly cell: string;
  /** The client thread that sent it; 0: the main one. */
  readonly shard: number;
  readonly dueMs: number;
  readonly endMs: number;
  /** Events that carried tokens. */
  readonly chunks: number;
  readonly requestedPromptTokens: number | null;
  readonly requestedOutputTokens: number;
  readonly result: RequestResult;
}

/** A run and its result. */
export interface MeasuredRun {
  /** The run directory as it was named. */
  readonly directory: string;
  readonly summary: Summary;
  readonly plan: RunPlan;
  readonly environment: EnvironmentFacts | null;
}

/** A run as exports see it. */
export interface ExportedRun extends MeasuredRun {
  /** Reads every record again, one after the other. */
  requests(): AsyncIterable<ExportedRequest>;
}
