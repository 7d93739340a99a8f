import type { EngineFacts } from '../../contract/engine.ts';
import type { RunPlan } from '../../contract/plan.ts';
import type { RequestRecord } from '../../contract/record.ts';
import type { Advice, SummaryRow } from '../../contract/summary.ts';
import type { WorkloadFacts } from '../../contract/workload.ts';
import { measuredAndOk } from '../summary-row.ts';

/** What a warning may look at: the finished rows, and what they were made of. */
export interface AdviceFacts {
  readonly plan: RunPlan;
  readonly rows: readonly SummaryRow[];
  readonly engine: EngineFacts;
  readonly workload: WorkloadFacts | null;
  readonly byCell: ReadonlyMap<string, readonly RequestRecord[]>;
}

/** One warning: null when there is nothing to warn of. */
export type AdviceRule = (facts: AdviceFacts) => Advice | null;

/** Requests that the values of a row are made of. */
export function countedRecords(facts: AdviceFacts, row: SummaryRow): RequestRecord[] {
  return measuredAndOk(facts.byCell.get(row.cell) ?? []);
}

/** The same of all rows. */
export function allCountedRecords(facts: AdviceFacts): RequestRecord[] {
  return facts.rows.flatMap((row) => countedRecords(facts, row));
}

/** Rows with one of these requests, by cell id. */
export function cellsOf(records: readonly RequestRecord[]): string[] {
  return [...new Set(records.map((record) => record.cell))];
}

/** `1 request`, `3 requests`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
