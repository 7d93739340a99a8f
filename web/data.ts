import type { PageData, PageRun } from '../src/contract/report-details.ts';
import type { SummaryRow, SummaryValue } from '../src/contract/summary.ts';

/** The data that the page carries. */
export function readData(): PageData {
  const text = document.querySelector('#data')?.textContent ?? '';
  // The program that wrote the page wrote this script into it too.
  const data: PageData = JSON.parse(text);
  return data;
}

/** A row's place on the axis of the charts: its prompt tokens, or its load. */
export type Place = (row: SummaryRow) => number | null;

export const promptTokens: Place = (row) => row.promptTokens;
export const load: Place = (row) => row.arrival?.requestsPerSecond ?? row.parallel;

export interface Point {
  /** Index of the run. */
  readonly run: number;
  readonly x: number;
  readonly y: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly valid: boolean;
}

/** The values of a metric over all rows that have one, in the order of the axis. */
export function pointsOf(
  runs: readonly PageRun[],
  place: Place,
  read: (row: SummaryRow) => Pick<SummaryValue, 'value' | 'interval'> | null | undefined,
): Point[] {
  const points = runs.flatMap(({ summary }, run) =>
    summary.rows.flatMap((row): Point[] => {
      const [x, value] = [place(row), read(row)];
      if (x === null || value?.value == null || !Number.isFinite(value.value)) return [];
      const { interval } = value;
      const isKnown = interval !== null && Number.isFinite(interval.low) && Number.isFinite(interval.high);
      const limits = isKnown ? { low: Math.max(0, interval.low), high: interval.high } : { low: null, high: null };
      return [{ run, x, y: value.value, ...limits, valid: row.valid }];
    }),
  );
  return points.toSorted((one, other) => one.run - other.run || one.x - other.x);
}

/** The first value of a metric: its label and unit hold for all. */
export function definitionOf(runs: readonly PageRun[], id: string): SummaryValue | null {
  for (const { summary } of runs) {
    for (const row of summary.rows) {
      const value = row.values[id];
      if (value !== undefined) return value;
    }
  }
  return null;
}

/** How rows are named in charts: `6,144`, `8 in flight`, `20 req/s`. */
export function rowName(row: SummaryRow): string {
  if (row.arrival !== null) return `${row.arrival.requestsPerSecond} req/s`;
  if (row.kind === 'load') return `${row.parallel}`;
  return row.parallel === 1 ? String(row.promptTokens) : `${row.promptTokens} × ${row.parallel}`;
}
