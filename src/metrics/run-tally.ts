import type { CellPlan } from '../contract/plan.ts';
import type { RequestRecord } from '../contract/record.ts';
import { LogLinearHistogram } from '../stats/histogram.ts';
import { requestFacts } from './request-facts.ts';
import type { RequestFacts } from './request-facts.ts';
import { addTokenGaps } from './token-gaps.ts';

/** What one cell left behind. */
export interface CellTally {
  readonly cell: CellPlan;
  /** All of it, warm-ups and failures included, in order of completion. */
  readonly requests: RequestFacts[];
  /** Those that are measured, failed ones among them. */
  readonly measured: RequestFacts[];
  /** Those that values are made of: measured, and answered. */
  readonly counted: RequestFacts[];
  /** Gaps between the tokens of measured requests that were answered, in ns; of load cells. */
  readonly gapsNs: LogLinearHistogram | null;
}

/** Takes the records of a run one by one and keeps what values are made of: its memory grows with requests, not with tokens. */
export class RunTally {
  readonly #cells: ReadonlyMap<string, CellTally>;
  /** Taken in so far. */
  records = 0;

  constructor(cells: readonly CellPlan[]) {
    this.#cells = new Map(
      cells.map((cell) => {
        const gapsNs = cell.kind === 'load' ? new LogLinearHistogram() : null;
        return [cell.id, { cell, requests: [], measured: [], counted: [], gapsNs }];
      }),
    );
  }

  add(record: RequestRecord): void {
    this.records++;
    const tally = this.#cells.get(record.cell);
    if (tally === undefined) return;
    const request = requestFacts(record);
    tally.requests.push(request);
    if (record.phase !== 'measured') return;
    tally.measured.push(request);
    if (record.outcome.status !== 'ok') return;
    tally.counted.push(request);
    if (tally.gapsNs !== null) addTokenGaps(tally.gapsNs, record);
  }

  /** In the order of the cells. */
  cells(): readonly CellTally[] {
    return [...this.#cells.values()];
  }

  requestsOf(cellId: string): readonly RequestFacts[] {
    return this.#cells.get(cellId)?.requests ?? [];
  }

  measuredOf(cellId: string): readonly RequestFacts[] {
    return this.#cells.get(cellId)?.measured ?? [];
  }

  countedOf(cellId: string): readonly RequestFacts[] {
    return this.#cells.get(cellId)?.counted ?? [];
  }
}
