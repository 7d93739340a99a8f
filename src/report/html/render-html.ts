/**
 * The result of a run as one page. Comes in: a Summary, and plan, environment and points of charts where they are known. Goes
 * out: a single file that needs no network; without scripts it says everything, with them it draws. Knows no metric; escapes all
 * that it is given.
 */
import { oneLine } from '../../base/escape.ts';
import type { EnvironmentFacts } from '../../contract/environment.ts';
import type { RunPlan } from '../../contract/plan.ts';
import type { ReportDetails } from '../../contract/report-details.ts';
import type { Summary } from '../../contract/summary.ts';
import { rowNotes } from '../row-notes.ts';
import { isLoad } from '../row-values.ts';
import { runNotes } from '../run-notes.ts';
import { metricChart } from './chart.ts';
import { estimateSection } from './estimate.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';
import { pageAround, tools } from './page.ts';
import { pageRun } from './page-data.ts';
import { publishedSection } from './published.ts';
import { requestTables } from './requests.ts';
import { callouts, footnotes, leadSentence, metricTable, resultTable } from './results.ts';
import { engineSection, environmentSection, planSection } from './setup.ts';

/** The page, under 1.5 MB whatever the run was. Without details it has fewer charts. */
export function renderHtml(
  summary: Summary,
  plan: RunPlan | null,
  environment: EnvironmentFacts | null,
  details: ReportDetails | null = null,
): string {
  const notes = rowNotes(summary);
  const ofRun = runNotes(summary);
  const model = oneLine(summary.model, 200);
  const content = markup`<header>
<div class="top"><p class="kicker"><span>${isLoad(summary) ? 'Load' : 'Speed'} benchmark</span>${badges(summary)}</p>${tools}</div>
<h1 translate="no">${summary.name === null ? model : `${oneLine(summary.name, 200)} · ${model}`}</h1>
<p class="facts" translate="no">${factLine(summary)}</p>
</header>
${summary.estimate === null ? leadSentence(summary) : null}
${callouts(summary, notes, ofRun)}${estimateSection(summary)}<section aria-label="Results">
${resultTable(summary, notes)}${footnotes(summary, notes, ofRun)}</section>
${publishedSection(summary)}${chartSection(summary)}<section>
<h2>Definitions and all values</h2>
<p class="facts">t0: request sent; t1: first token; tn: last token; P and G: prompt and generated tokens as the engine counted them; g1: tokens that came with t1.</p>
${metricTable(summary)}</section>
<section>
<h2>Requests</h2>
${requestTables(summary, details)}</section>
<section>
<h2>How it was run</h2>
${engineSection(summary.engine)}${plan === null ? null : planSection(plan)}${environment === null ? null : environmentSection(environment)}</section>
<footer translate="no">Tokometer ${summary.tokometer} · ${summary.startedAt} · ${summary.directory}</footer>
`;
  const title = `${model}: ${isLoad(summary) ? 'load' : 'speed'} benchmark`;
  return pageAround(title, content, { v: 1, runs: [pageRun(model, summary, details)] });
}

function badges(summary: Summary): Markup {
  const valid = summary.rows.filter((row) => row.valid).length;
  const all = summary.rows.length;
  const complete = summary.state === 'complete';
  const dummy = summary.engine.weights === 'dummy' ? markup`<span class="badge calm">dummy weights</span>` : null;
  const scaled = summary.workload.scale === null ? null : markup`<span class="badge calm">scaled lengths</span>`;
  const estimated = summary.estimate === null ? null : markup`<span class="badge warn">estimate</span>`;
  return markup`<span class="badge ${complete ? 'good' : 'warn'}">${complete ? 'complete' : 'stopped early'}</span><span class="badge ${valid === all && all > 0 ? 'good' : 'bad'}">${valid} of ${all} rows valid</span>${estimated}${dummy}${scaled}`;
}

function factLine({ engine, machine, startedAt }: Summary): string {
  const parts = [
    engine.version === null ? engine.name : `${engine.name} ${engine.version}`,
    engine.device,
    engine.dtype,
    machine,
    startedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC'),
  ];
  return parts.flatMap((part) => (part === null || part === '' ? [] : [oneLine(part)])).join(' · ');
}

function chartSection({ rows }: Summary): Markup {
  const charts = [
    metricChart(rows, 'generated', 'Generated speed'),
    metricChart(rows, 'prefill', 'Prefill speed'),
    metricChart(rows, 'ttft', 'Time to first token'),
  ].filter((chart) => chart !== null);
  // The script puts its own charts in the place of these.
  if (charts.length === 0)
    return markup`<div id="charts" hidden></div>
`;
  return markup`<div id="charts"><section>
<h2>Against context</h2>
<div class="charts">
${charts}</div>
</section></div>
`;
}
