import type { EngineFacts } from '../../contract/engine.ts';
import type { RunPlan } from '../../contract/plan.ts';
import type { Advice, SummaryRow, Estimate } from '../../contract/summary.ts';
import type { WorkloadFacts } from '../../contract/workload.ts';
import type { RequestFacts } from '../request-facts.ts';
import type { RunTally } from '../run-tally.ts';

/** What a warning may look at: the finished rows, and what they were made of. */
export interface AdviceFacts {
  readonly plan: RunPlan;
  readonly rows: readonly SummaryRow[];
  readonly engine: EngineFacts;
  readonly workload: WorkloadFacts | null;
  readonly tally: RunTally;
  /** Requests that the values of all rows are made of. */
  readonly counted: readonly RequestFacts[];
  /** null: the rows are what was asked for. */
  readonly estimate: Estimate | null;
}

/** One warning: null when there is nothing to warn of. */
export type AdviceRule = (facts: AdviceFacts) => Advice | null;

/** Requests that the values of a row are made of. */
export function countedRequests(facts: AdviceFacts, row: SummaryRow): readonly RequestFacts[] {
  return facts.tally.countedOf(row.cell);
}

/** Rows with one of these requests, by cell id. */
export function cellsOf(requests: readonly RequestFacts[]): string[] {
  return [...new Set(requests.map((request) => request.cell))];
}

/** The row in a sentence: `the row with 6144 prompt tokens`, `the row with 512 in flight`, `the row with 20 requests/s`. */
export function rowName(row: SummaryRow): string {
  if (row.arrival !== null) return `the row with ${row.arrival.requestsPerSecond} requests/s`;
  return row.kind === 'load'
    ? `the row with ${row.parallel} in flight`
    : `the row with ${row.promptTokens} prompt tokens`;
}

/** `1 request`, `3 requests`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
