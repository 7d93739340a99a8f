import { oneLine } from '../base/escape.ts';
import { formatCount } from '../base/units.ts';
import type { RequestResult, Summary, SummaryRow } from '../contract/summary.ts';
import { protocolNotes } from './protocol-notes.ts';
import { rowLabel, valueOf } from './row-values.ts';

/** What a careful reader must know of some rows; rows that share a note share its number. */
export interface RowNote {
  /** From 1, in the order of the rows. */
  readonly number: number;
  readonly kind: 'invalid' | 'remark' | 'advice';
  readonly text: string;
  readonly rows: readonly SummaryRow[];
}

/** All footnotes that belong to rows, numbered. */
export function rowNotes(summary: Summary): RowNote[] {
  const found = new Map<string, { kind: RowNote['kind']; text: string; rows: SummaryRow[] }>();
  for (const row of summary.rows) {
    for (const { kind, text } of notesOfRow(row, summary)) {
      const key = `${kind} ${text}`;
      const note = found.get(key) ?? { kind, text, rows: [] };
      note.rows.push(row);
      found.set(key, note);
    }
  }
  return [...found.values()].map((note, index) => ({ number: index + 1, ...note }));
}

/** Which rows a note is about: `6144, 14336`, or `all rows`. */
export function noteRowsLabel(note: RowNote, summary: Summary): string {
  if (summary.rows.length > 1 && note.rows.length === summary.rows.length) return 'all rows';
  return note.rows.map((row) => rowLabel(row, summary)).join(', ');
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

export function superscript(number: number): string {
  return String(number).replaceAll(/\d/g, (digit) => superscripts[Number(digit)] ?? digit);
}

function notesOfRow(row: SummaryRow, summary: Summary): { kind: RowNote['kind']; text: string }[] {
  const advice = summary.advice.filter((one) => one.rows.includes(row.cell));
  const told = new Set(advice.map((one) => one.id));
  const remarks: [id: string, text: string | null][] = [
    ['failed-requests', failedNote(row)],
    ['no-speed', noSpeedNote(row)],
    ['short-output', shortNote(row)],
    ['partial-rows', partialNote(row)],
    ['coalesced', coalescedNote(row)],
    ['several-tokens-an-event', severalNote(row)],
    ['single-run', singleNote(row, summary)],
    ['cache-hit', cacheNote(row, summary)],
  ];
  return [
    ...(row.valid ? [] : [{ kind: 'invalid' as const, text: invalidText(row) }]),
    // What an advice tells with its evidence needs no remark beside it.
    ...remarks.flatMap(([id, text]) => (text === null || told.has(id) ? [] : [{ kind: 'remark' as const, text }])),
    ...protocolNotes(row).map((text) => ({ kind: 'remark' as const, text })),
    ...advice.map((one) => ({ kind: 'advice' as const, text: adviceText(one) })),
  ];
}

function coalescedNote(row: SummaryRow): string | null {
  if (!row.marks.includes('coalesced')) return null;
  return 'coalesced: more than 5 % of the tokens arrived in one read with others; single token gaps are not known';
}

function severalNote(row: SummaryRow): string | null {
  if (!row.marks.includes('speculative-or-batched')) return null;
  return 'speculative or batched: the engine sends several tokens at once';
}

function singleNote(row: SummaryRow, summary: Summary): string | null {
  const isAlone = summary.rows.some((one) => !one.marks.includes('single-run'));
  return isAlone && row.marks.includes('single-run') ? 'single run: no interval' : null;
}

/** Text and hint of an advice in one line. */
export function adviceText(advice: { readonly text: string; readonly hint: string | null }): string {
  return oneLine(advice.hint === null ? advice.text : `${advice.text} → ${advice.hint}`, 600);
}

function invalidText(row: SummaryRow): string {
  const more = row.reasons.length > 5 ? [`and ${row.reasons.length - 5} more`] : [];
  const reasons = [...row.reasons.slice(0, 5).map((reason) => oneLine(reason)), ...more].join('; ');
  return `not valid: ${reasons === '' ? 'no reason recorded' : reasons}`;
}

function failedNote(row: SummaryRow): string | null {
  if (row.counts.failed === 0) return null;
  const messages = new Map<string, number>();
  for (const request of row.requests) {
    if (request.phase !== 'measured' || request.outcome.status !== 'failed') continue;
    const text = oneLine(request.outcome.message ?? request.outcome.failure ?? 'no message', 160);
    messages.set(text, (messages.get(text) ?? 0) + 1);
  }
  const listed = [...messages].slice(0, 3).map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`));
  const more = messages.size > listed.length ? [`and ${messages.size - listed.length} other messages`] : [];
  const detail = [...listed, ...more].join('; ');
  const { failed, measured } = row.counts;
  const counted = `${formatCount(failed)} of ${formatCount(failed + measured)} requests failed`;
  return detail === '' ? counted : `${counted}: ${detail}`;
}

// Failed requests and reasons of validity speak for themselves.
function noSpeedNote(row: SummaryRow): string | null {
  const speed = valueOf(row, 'generated');
  if (speed === null || speed.value !== null || speed.reason === null || row.counts.failed > 0) return null;
  const reason = oneLine(speed.reason);
  return row.reasons.includes(speed.reason) ? null : `no speed: ${reason}`;
}

function shortNote(row: SummaryRow): string | null {
  if (!row.marks.includes('short-output')) return null;
  const counts = answered(row).flatMap((request) => (request.outputTokens === null ? [] : [request.outputTokens]));
  const low = Math.min(...counts);
  const high = Math.max(...counts);
  const range = low === high ? formatCount(low) : `${formatCount(low)} to ${formatCount(high)}`;
  const actual = counts.length === 0 ? 'fewer' : range;
  return `short output: ${actual} of ${formatCount(row.outputTokens)} tokens generated; speeds use the actual count`;
}

function partialNote(row: SummaryRow): string | null {
  const { measured, failed, planned } = row.counts;
  // What failed is told by its own note.
  if (!row.marks.includes('partial') || measured + failed >= planned) return null;
  return `partial: ${formatCount(measured)} of ${formatCount(planned)} planned requests measured`;
}

// Where all rows stand alike, the line on prompts says it once.
function cacheNote(row: SummaryRow, summary: Summary): string | null {
  // One prompt for all is expected to hit, and has an advice of its own.
  if (row.kind === 'load') return null;
  if (row.cache === 'hit') {
    const cached = answered(row).map((request) => request.cachedTokens ?? 0);
    const most = Math.max(0, ...cached);
    return `prefix cache hit: ${most === 0 ? '' : `up to ${formatCount(most)} `}prompt tokens were not computed`;
  }
  // A row without an answer has nothing to say of its cache.
  if (row.counts.measured === 0) return null;
  const mixed = summary.rows.some((one) => one.counts.measured > 0 && one.cache !== row.cache);
  return row.cache === 'unknown' && mixed ? 'prefix cache unknown: no count of cached tokens was reported' : null;
}

function answered(row: SummaryRow): readonly RequestResult[] {
  return row.requests.filter((request) => request.phase === 'measured' && request.outcome.status === 'ok');
}
