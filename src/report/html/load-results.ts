import { formatCount, formatDuration } from '../../base/units.ts';
import type { Summary, SummaryRow } from '../../contract/summary.ts';
import { grouped, plainNumber } from '../measured-number.ts';
import type { RowNote } from '../row-notes.ts';
import { shareText } from '../table/load-columns.ts';
import { isOpenLoop, percentileOf, rowLabel, textOf, valueOf } from '../row-values.ts';
import type { MetricName } from '../row-values.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';

/** The answer in one sentence: the throughput of the row that generates most, and what a request waits for there. */
export function loadLeadSentence(summary: Summary): Markup | null {
  const { rows } = summary;
  const valid = rows.filter((row) => row.valid && (valueOf(row, 'output')?.value ?? null) !== null);
  const best = valid.toSorted((one, other) => outputOf(other) - outputOf(one))[0];
  if (best === undefined) return null;
  const ttftMs = percentileOf(best, 'ttft', 50) ?? valueOf(best, 'ttft')?.value ?? null;
  const wait =
    ttftMs === null ? null : markup` Half of the requests have their first token within ${formatDuration(ttftMs)}.`;
  return markup`<p class="lead">Generates <strong>${grouped(textOf(best, 'output').value)} tokens/s</strong> ${best.arrival === null ? 'with' : 'at'} ${grouped(rowLabel(best, summary))}.${wait}</p>`;
}

const rates: readonly { readonly name: MetricName; readonly head: string; readonly unit: string }[] = [
  { name: 'requests', head: 'Throughput', unit: 'requests/s' },
  { name: 'output', head: 'Output', unit: 'tokens/s' },
  { name: 'allTokens', head: 'Total', unit: 'tokens/s' },
];

const times: readonly { readonly name: MetricName; readonly head: string }[] = [
  { name: 'ttft', head: 'TTFT' },
  { name: 'tpot', head: 'TPOT' },
  { name: 'itl', head: 'ITL' },
  { name: 'latency', head: 'Latency' },
];

const shownPercents = [50, 99] as const;

/** The rows of a load: what came in all, and how long requests and tokens took. */
export function loadTable(summary: Summary, notes: readonly RowNote[]): Markup {
  const { rows } = summary;
  const isOpen = isOpenLoop(summary);
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Results"><table class="dense">
<caption>Throughput and times by ${isOpen ? 'request rate' : 'requests in flight'}; p50 and p99 are percentiles</caption>
<thead><tr>${isOpen ? markup`<th scope="col">Rate<small>requests/s</small></th>` : markup`<th scope="col">Parallel</th>`}<th scope="col">Requests<small>ok / failed</small></th><th scope="col">In flight<small>mean</small></th>${rates.map(({ head, unit }) => markup`<th scope="col">${head}<small>${unit}</small></th>`)}${times.map(({ head }) => markup`<th scope="col">${head}<small>ms, mean</small></th>${shownPercents.map((percent) => markup`<th scope="col">p${percent}</th>`)}`)}<th scope="col" class="words validity">Validity</th></tr></thead>
<tbody>${rows.map((row) => rowMarkup(row, notes))}
</tbody></table></div>
`;
}

const judgedHeads = markup`<th scope="col">Goodput<small>requests/s</small></th><th scope="col">In SLO<small>%</small></th>`;

/** What of the load kept the limits that were set; null: none were. */
export function sloTable({ rows, slo }: Summary): Markup | null {
  if (slo.length === 0) return null;
  const load = isOpenLoop({ rows })
    ? markup`<th scope="col">Rate<small>requests/s</small></th>`
    : markup`<th scope="col">Parallel</th>`;
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Requests within the SLO"><table>
<caption>Requests within the SLO</caption>
<thead><tr>${load}${judgedHeads}</tr></thead>
<tbody>${rows.map(
    (row) => markup`
<tr${row.valid ? null : markup` class="invalid"`}><th scope="row">${loadText(row)}</th>${rateCell(row, 'goodput')}<td class="number">${shareText(row)}</td></tr>`,
  )}
</tbody></table></div>
`;
}

function rowMarkup(row: SummaryRow, notes: readonly RowNote[]): Markup {
  const numbers = notes.filter((note) => note.rows.includes(row)).map((note) => note.number);
  const marks = numbers.map((number) => markup`<sup><a href="#note-${number}">${number}</a></sup>`);
  const { measured, failed } = row.counts;
  return markup`
<tr${row.valid ? null : markup` class="invalid"`}><th scope="row">${loadText(row)}</th><td>${formatCount(measured)} / ${formatCount(failed)}</td><td>${numberText(valueOf(row, 'inFlight')?.value ?? null)}</td>${rates.map(({ name }) => rateCell(row, name))}${times.map(({ name }) => markup`<td class="number">${numberText(valueOf(row, name)?.value ?? null)}</td>${shownPercents.map((percent) => markup`<td class="number">${numberText(percentileOf(row, name, percent))}</td>`)}`)}<td class="words validity"><span class="badge ${row.valid ? 'good' : 'bad'}">${row.valid ? 'valid' : 'not valid'}</span>${marks}</td></tr>`;
}

function loadText({ parallel, arrival }: SummaryRow): string {
  return grouped(arrival === null ? String(parallel) : String(arrival.requestsPerSecond));
}

function rateCell(row: SummaryRow, name: MetricName): Markup {
  const { value, uncertainty } = textOf(row, name);
  const small = uncertainty === '' ? null : markup` <small>${grouped(uncertainty)}</small>`;
  return markup`<td class="${name === 'output' ? 'number main' : 'number'}">${grouped(value)}${small}</td>`;
}

function numberText(value: number | null): string {
  return value === null ? 'n/a' : grouped(plainNumber(value));
}

function outputOf(row: SummaryRow): number {
  return valueOf(row, 'output')?.value ?? 0;
}
