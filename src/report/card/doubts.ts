import type { Summary, SummaryRow } from '../../contract/summary.ts';
import { adviceText } from '../row-notes.ts';

// Advice by which a number may be another one than the machine is capable of, or than it was; the rest is of use, not of doubt.
const ofNoise = ['foreign-cpu-load', 'foreign-gpu-process', 'foreign-requests', 'clock-change', 'throttled'];
const ofMeasuring = ['client-bound', 'client-late', 'server-gap', 'above-peak'];
const doubtful: ReadonlySet<string> = new Set([...ofNoise, ...ofMeasuring]);

/** Why a valid row is not to be taken as it stands, in a word; null: nothing is known against it. */
export function doubtOf(row: SummaryRow, { advice }: Summary): 'disturbed' | 'doubtful' | null {
  if (row.noise.length > 0) return 'disturbed';
  return advice.some(({ id, rows }) => doubtful.has(id) && rows.includes(row.cell)) ? 'doubtful' : null;
}

/** The notes that tell of such doubts, as they are written below a table. */
export function doubtTexts({ advice }: Summary): ReadonlySet<string> {
  return new Set(advice.filter(({ id }) => doubtful.has(id)).map(adviceText));
}
