import type { ReportDetails } from '../../contract/report-details.ts';
import type { RequestResult, Summary, SummaryRow } from '../../contract/summary.ts';

// Keeps the page small; the rest is in files.
const mostRequests = 400;

export interface ListedRequest {
  readonly request: RequestResult;
  /** Its place among the timelines of the details; null: it has none. */
  readonly timeline: number | null;
}

/** The requests of a row that the page lists: those with a timeline, and its first ones. In the order of their numbers. */
export function listedRequests(row: SummaryRow, { rows }: Summary, details: ReportDetails | null): ListedRequest[] {
  const share = Math.max(1, Math.floor(mostRequests / Math.max(1, rows.length)));
  const drawn = (details?.timelines ?? []).flatMap(({ cell, request }, timeline) =>
    cell === row.cell ? [{ request, timeline }] : [],
  );
  const known = new Set(drawn.map(({ request }) => keyOf(request)));
  const others = row.requests
    .filter((request) => !known.has(keyOf(request)))
    .slice(0, Math.max(0, share - drawn.length))
    .map((request) => ({ request, timeline: null }));
  return [...drawn, ...others].toSorted((one, other) => one.request.id - other.request.id);
}

function keyOf({ id, execution, repetition, phase }: RequestResult): string {
  return `${id} ${execution} ${repetition} ${phase}`;
}
