import { maskSecrets } from '../../base/mask-secrets.ts';
import { oneLine } from '../../base/escape.ts';
import type { PageDetails, PageRun, ReportDetails } from '../../contract/report-details.ts';
import type { RequestResult, Summary } from '../../contract/summary.ts';
import { listedRequests } from './listed-requests.ts';

const longestText = 300;
const mostTexts = 50;

/** A run as the page carries it: its lists are as long as those that the page shows, without secrets. */
export function pageRun(label: string, summary: Summary, details: ReportDetails | null): PageRun {
  const rows = summary.rows.map((row) => ({
    ...row,
    requests: listedRequests(row, summary, details).map(({ request }) => shortened(request)),
  }));
  const warnings = summary.warnings.slice(0, mostTexts).map((text) => oneLine(text, longestText));
  return { label, summary: maskSecrets({ ...summary, rows, warnings }), details: pageDetails(details) };
}

function pageDetails(details: ReportDetails | null): PageDetails | null {
  if (details === null) return null;
  const timelines = details.timelines.map(({ cell, why, gapUs, tokens, reads, endUs }) => {
    return { cell, why, gapUs, tokens, reads, endUs };
  });
  return { ...details, timelines };
}

function shortened(request: RequestResult): RequestResult {
  const { outcome } = request;
  const message = outcome.message === null ? null : oneLine(outcome.message, longestText);
  return { ...request, outcome: { ...outcome, message } };
}

/** JSON that can stand in a page: no tag can begin in it, and no control character is left as it is. */
export function pageJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    // oxlint-disable-next-line no-control-regex
    /[<\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
