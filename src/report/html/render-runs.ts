/**
 * Several runs on one page: their rows in one table, their charts over one another. Comes in: summaries, each with the points of its
 * charts. Goes out: a page as that of a single run, without what is told of one run alone.
 */
import { oneLine } from '../../base/escape.ts';
import { formatCount } from '../../base/units.ts';
import type { ReportDetails } from '../../contract/report-details.ts';
import type { Summary, SummaryRow } from '../../contract/summary.ts';
import { grouped, plainNumber } from '../measured-number.ts';
import { rowNotes } from '../row-notes.ts';
import { percentileOf, rowLabel, textOf } from '../row-values.ts';
import type { MetricName } from '../row-values.ts';
import { runNotes } from '../run-notes.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';
import { pageAround, tools } from './page.ts';
import { pageRun } from './page-data.ts';
import { speedColumns, callouts, leadSentence } from './results.ts';

export interface ShownRun {
  readonly summary: Summary;
  readonly details: ReportDetails | null;
}

interface NamedRun extends ShownRun {
  readonly label: string;
}

/** The page; a run that has the name of another is told apart by when it started. */
export function renderRunsHtml(shown: readonly ShownRun[]): string {
  const runs = named(shown);
  const title = [...new Set(runs.map(({ summary }) => oneLine(summary.model, 200)))].join(' · ');
  const content = markup`<header>
<div class="top"><p class="kicker"><span>Runs side by side</span></p>${tools}</div>
<h1 translate="no">${title}</h1>
</header>
<section aria-label="Results">
${runsTable(runs, 'speed')}${runsTable(runs, 'load')}</section>
<div id="charts" hidden></div>
<section>
<h2>Runs</h2>
${runs.map(runSection)}</section>
`;
  const data = runs.map(({ label, summary, details }) => pageRun(label, summary, details));
  return pageAround(title, content, { v: 1, runs: data });
}

function named(runs: readonly ShownRun[]): NamedRun[] {
  const names = runs.map(({ summary }) => oneLine(summary.name ?? summary.model, 80));
  return runs.map((run, index) => {
    const name = names[index] ?? '';
    const isAlone = names.filter((one) => one === name).length === 1;
    const started = run.summary.startedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, '');
    return { ...run, label: isAlone ? name : `${name}, ${oneLine(started, 40)}` };
  });
}

const loadColumns: readonly { readonly name: MetricName; readonly head: string; readonly unit: string }[] = [
  { name: 'requests', head: 'Throughput', unit: 'requests/s' },
  { name: 'output', head: 'Output', unit: 'tokens/s' },
];

const percentileColumns = (['ttft', 'tpot', 'latency'] as const).flatMap((name) =>
  ([50, 99] as const).map((percent) => ({ name, percent })),
);

const heads = { ttft: 'TTFT', tpot: 'TPOT', latency: 'Latency' } as const;

// All runs of one row follow one another: that is what is compared.
function runsTable(runs: readonly NamedRun[], kind: SummaryRow['kind']): Markup | null {
  const lines = runs.flatMap(({ summary, label }, run) =>
    summary.rows
      .filter((row) => row.kind === kind)
      .map((row) => ({ run, label, row, summary, at: placeOf(row), isOpen: row.arrival !== null })),
  );
  if (lines.length === 0) return null;
  const isSpeed = kind === 'speed';
  const columns = isSpeed ? speedColumns : loadColumns;
  const sorted = lines.toSorted(
    (one, other) => Number(one.isOpen) - Number(other.isOpen) || one.at - other.at || one.run - other.run,
  );
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Results"><table>
<thead><tr>${isSpeed ? markup`<th scope="col">Prompt<small>tokens</small></th>` : markup`<th scope="col">Load</th>`}<th scope="col" class="words">Run</th>${columns.map(({ head, unit }) => markup`<th scope="col">${head}<small>${unit}</small></th>`)}${isSpeed ? null : percentileColumns.map(({ name, percent }) => markup`<th scope="col">${heads[name]}<small>ms, p${percent}</small></th>`)}<th scope="col" class="words validity">Validity</th></tr></thead>
<tbody>${sorted.map(
    ({ row, summary, label }) => markup`
<tr${row.valid ? null : markup` class="invalid"`}><th scope="row">${isSpeed ? formatCount(row.promptTokens ?? 0) : grouped(rowLabel(row, summary))}</th><td class="words" translate="no">${label}</td>${columns.map(({ name }) => valueCell(row, name))}${isSpeed ? null : percentileColumns.map(({ name, percent }) => markup`<td class="number">${percentileText(row, name, percent)}</td>`)}<td class="words validity"><span class="badge ${row.valid ? 'good' : 'bad'}">${row.valid ? 'valid' : 'not valid'}</span></td></tr>`,
  )}
</tbody></table></div>
`;
}

function placeOf(row: SummaryRow): number {
  if (row.kind === 'speed') return row.promptTokens ?? 0;
  return row.arrival?.requestsPerSecond ?? row.parallel ?? 0;
}

function valueCell(row: SummaryRow, name: MetricName): Markup {
  const { value, uncertainty } = textOf(row, name);
  const small = uncertainty === '' ? null : markup` <small>${grouped(uncertainty)}</small>`;
  return markup`<td class="number">${grouped(value)}${small}</td>`;
}

function percentileText(row: SummaryRow, name: MetricName, percent: number): string {
  const value = percentileOf(row, name, percent);
  return value === null ? 'n/a' : grouped(plainNumber(value));
}

function runSection({ label, summary }: NamedRun): Markup {
  const { engine, machine, startedAt, directory } = summary;
  const version = engine.version === null ? engine.name : `${engine.name} ${engine.version}`;
  const facts = [summary.model, version, engine.device ?? '', engine.dtype ?? '', machine, startedAt, directory];
  return markup`<details><summary><span translate="no">${label}</span></summary><div>
${leadSentence(summary)}
<p class="facts" translate="no">${facts
    .filter((fact) => fact !== '')
    .map((fact) => oneLine(fact))
    .join(' · ')}</p>
${callouts(summary, rowNotes(summary), runNotes(summary))}</div></details>
`;
}
