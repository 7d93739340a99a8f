import { formatCount, formatDuration } from '../../base/units.ts';
import type { Summary, SummaryRow, SummaryValue } from '../../contract/summary.ts';
import { grouped, measuredNumber } from '../measured-number.ts';
import { noteRowsLabel } from '../row-notes.ts';
import type { RowNote } from '../row-notes.ts';
import { isLoad, memoryTextOf, rowLabel, textOf, valueOf } from '../row-values.ts';
import type { MetricName } from '../row-values.ts';
import type { RunNote } from '../run-notes.ts';
import { loadLeadSentence, loadTable, sloTable } from './load-results.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';

/** The answer in one sentence: the speed of the shortest and the longest prompt that are valid, or the best throughput. */
export function leadSentence(summary: Summary): Markup {
  const ofLoad = isLoad(summary) ? loadLeadSentence(summary) : null;
  if (ofLoad !== null) return ofLoad;
  const valid = summary.rows.filter((row) => row.valid && (valueOf(row, 'generated')?.value ?? null) !== null);
  const first = valid[0];
  const last = valid.at(-1);
  if (first === undefined || last === undefined) {
    const text =
      summary.rows.length === 0 ? 'Nothing was measured.' : 'No row is valid: the figures below must not be quoted.';
    return markup`<p class="lead"><strong>${text}</strong></p>`;
  }
  const others =
    first === last
      ? null
      : markup` and <strong>${speedText(last)}</strong> with ${formatCount(last.promptTokens ?? 0)}`;
  const waits = [first, ...(first === last ? [] : [last])].flatMap((row) => {
    const ttftMs = valueOf(row, 'ttft')?.value ?? null;
    return ttftMs === null ? [] : [formatDuration(ttftMs)];
  });
  const wait = waits.length === 0 ? null : markup` The first token comes after ${waits.join(' and ')}.`;
  const tokens = first.promptTokens === 1 ? '1 token' : `${formatCount(first.promptTokens ?? 0)} tokens`;
  return markup`<p class="lead">Generates <strong>${speedText(first)} tokens/s</strong> with a prompt of ${tokens}${others}.${wait}</p>`;
}

/** What must be read before the numbers are believed; null when there is nothing. */
export function callouts(summary: Summary, notes: readonly RowNote[], ofRun: readonly RunNote[]): Markup | null {
  const items = [
    ...ofRun
      .filter((note) => note.kind === 'state')
      .map((note) => ({ look: 'warn', label: note.label, text: note.text })),
    ...notes
      .filter((note) => note.kind === 'invalid')
      .map((note) => ({
        look: 'bad',
        label: `${isLoad(summary) ? '' : 'Prompt '}${grouped(noteRowsLabel(note, summary))}`,
        text: note.text,
      })),
    ...ofRun
      .filter((note) => note.kind === 'warning')
      .map((note) => ({ look: 'warn', label: note.label, text: note.text })),
    ...ofRun
      .filter((note) => note.kind === 'advice')
      .map((note) => ({ look: 'calm', label: note.label, text: note.text })),
  ];
  if (items.length === 0) return null;
  return markup`<ul class="callouts">${items.map(({ look, label, text }) => markup`<li class="${look}"><b>${label}</b><span lang="en">${text}</span></li>`)}</ul>
`;
}

/** The columns of a speed run. */
export const speedColumns: readonly { readonly name: MetricName; readonly head: string; readonly unit: string }[] = [
  { name: 'generated', head: 'Generated speed', unit: 'tokens/s' },
  { name: 'decode', head: 'Decode speed', unit: 'tokens/s' },
  { name: 'total', head: 'Total speed', unit: 'tokens/s' },
  { name: 'prefill', head: 'Prefill speed', unit: 'tokens/s' },
  { name: 'ttft', head: 'TTFT', unit: 'ms' },
];

/** The table of the rows: the three speeds with their intervals, prefill, TTFT, memory and validity. */
export function resultTable(summary: Summary, notes: readonly RowNote[]): Markup {
  if (summary.rows.length === 0) return markup`<p>No row was measured.</p>`;
  if (isLoad(summary)) return markup`${loadTable(summary, notes)}${sloTable(summary)}`;
  const loaded = summary.rows.some((row) => row.parallel !== 1);
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Results"><table>
<caption>Speed by prompt length; ± is the interval of the footnote “Speed”</caption>
<thead><tr><th scope="col">Prompt<small>tokens</small></th><th scope="col">Output<small>tokens</small></th>${loaded ? markup`<th scope="col">Parallel</th>` : null}${speedColumns.map(({ head, unit }) => markup`<th scope="col">${head}<small>${unit}</small></th>`)}<th scope="col">GPU memory<small>GiB</small></th><th scope="col">n</th><th scope="col" class="words validity">Validity</th></tr></thead>
<tbody>${summary.rows.map((row) => rowMarkup({ row, notes, loaded }))}
</tbody></table></div>
`;
}

function rowMarkup(parts: { row: SummaryRow; notes: readonly RowNote[]; loaded: boolean }): Markup {
  const { row, notes, loaded } = parts;
  const numbers = notes.filter((note) => note.rows.includes(row)).map((note) => note.number);
  const marks = numbers.map((number) => markup`<sup><a href="#note-${number}">${number}</a></sup>`);
  return markup`
<tr${row.valid ? null : markup` class="invalid"`}><th scope="row">${formatCount(row.promptTokens ?? 0)}</th><td>${formatCount(row.outputTokens)}</td>${loaded ? markup`<td>${formatCount(row.parallel ?? 1)}</td>` : null}${speedColumns.map(({ name }) => valueCell(row, name))}<td>${memoryTextOf(row)}</td><td>${valueOf(row, 'generated')?.n ?? 0}</td><td class="words validity"><span class="badge ${row.valid ? 'good' : 'bad'}">${row.valid ? 'valid' : 'not valid'}</span>${marks}</td></tr>`;
}

function valueCell(row: SummaryRow, name: MetricName): Markup {
  const { value, uncertainty } = textOf(row, name);
  const look = name === 'generated' ? 'number main' : 'number';
  const small = uncertainty === '' ? null : markup` <small>${grouped(uncertainty)}</small>`;
  return markup`<td class="${look}">${grouped(value)}${small}</td>`;
}

/** Footnotes of the rows by number, then what holds for the run. */
export function footnotes(summary: Summary, notes: readonly RowNote[], ofRun: readonly RunNote[]): Markup {
  const facts = ofRun.filter((note) => note.kind === 'fact');
  return markup`<dl class="notes">${notes.map(
    (note) => markup`
<dt id="note-${note.number}"><sup>${note.number}</sup>${grouped(noteRowsLabel(note, summary))}</dt><dd lang="en">${note.text}</dd>`,
  )}${facts.map(
    ({ label, text }) => markup`
<dt>${label}</dt><dd lang="en">${text}</dd>`,
  )}
</dl>
`;
}

/** Every metric of every row with its definition. */
export function metricTable(summary: Summary): Markup {
  const definitions = new Map<string, SummaryValue>();
  for (const row of summary.rows) {
    for (const value of Object.values(row.values)) if (!definitions.has(value.id)) definitions.set(value.id, value);
  }
  const heads = summary.rows.map(
    (row) =>
      markup`<th scope="col">${grouped(rowLabel(row, summary))}${isLoad(summary) ? null : markup`<small>prompt tokens</small>`}</th>`,
  );
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Definitions and all values"><table>
<thead><tr><th scope="col" class="words">Metric</th>${heads}</tr></thead>
<tbody>${[...definitions.values()].map((definition) => definitionRow(definition, summary.rows))}
</tbody></table></div>
`;
}

function definitionRow(definition: SummaryValue, rows: readonly SummaryRow[]): Markup {
  const values = rows.map((row) => row.values[definition.id]);
  const interval = values.find((value) => value !== undefined && value.interval !== null)?.interval ?? null;
  const known = values.find((value) => value !== undefined && value.value !== null) ?? definition;
  const level = interval === null ? '' : `; ± ${Math.round(interval.level * 100)} %: ${interval.method}`;
  const better = definition.better === 'neither' ? '' : `, ${definition.better} is better`;
  const unit = definition.unit === '' ? null : markup` <span class="facts">${definition.unit}${better}</span>`;
  return markup`
<tr><th scope="row" class="words metric"><b>${definition.label}</b>${unit}<code translate="no">${definition.formula}</code><small lang="en">${known.method}${level}</small></th>${values.map((value) => markup`<td>${anyValue(value)}</td>`)}</tr>`;
}

function anyValue(value: SummaryValue | undefined): Markup {
  if (value === undefined || value.value === null) return markup`n/a`;
  const percentiles = value.percentiles.map(
    (one) =>
      markup`<small class="percentile">p${one.percent} ${one.value === null ? 'n/a' : grouped(measuredNumber(one.value, one.interval))}</small>`,
  );
  return markup`${meanText(value, value.value)}${percentiles}`;
}

// A count that is whole needs no decimals.
function meanText({ unit, interval }: SummaryValue, mean: number): string {
  const isCount = /^(?:tokens|requests)$/.test(unit) && Number.isInteger(mean);
  return isCount && (interval === null || interval.low === interval.high)
    ? formatCount(mean)
    : grouped(measuredNumber(mean, interval));
}

function speedText(row: SummaryRow): string {
  const { value, uncertainty } = textOf(row, 'generated');
  return grouped(uncertainty === '' ? value : `${value} ${uncertainty}`);
}
