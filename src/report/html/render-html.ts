/**
 * The result of a run as one page. Comes in: a Summary, and the plan and the environment where they are known. Goes
 * out: a single static file that needs no script and no network. Knows no metric and no file; escapes all it is given.
 */
import { createHash } from 'node:crypto';
import { oneLine } from '../../base/escape.ts';
import type { EnvironmentFacts } from '../../contract/environment.ts';
import type { RunPlan } from '../../contract/plan.ts';
import type { Summary } from '../../contract/summary.ts';
import { rowNotes } from '../row-notes.ts';
import { isLoad } from '../row-values.ts';
import { runNotes } from '../run-notes.ts';
import { metricChart } from './chart.ts';
import { estimateSection } from './estimate.ts';
import { markup, trusted } from './markup.ts';
import type { Markup } from './markup.ts';
import { publishedSection } from './published.ts';
import { requestTables } from './requests.ts';
import { callouts, footnotes, leadSentence, metricTable, resultTable } from './results.ts';
import { engineSection, environmentSection, planSection } from './setup.ts';
import { styleSheet } from './style-sheet.ts';

const styleHash = createHash('sha256').update(styleSheet).digest('base64');
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;

/** The page, under 300 KB whatever the run was. */
export function renderHtml(summary: Summary, plan: RunPlan | null, environment: EnvironmentFacts | null): string {
  const notes = rowNotes(summary);
  const ofRun = runNotes(summary);
  const model = oneLine(summary.model, 200);
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${model}: ${isLoad(summary) ? 'load' : 'speed'} benchmark</title>
<style>${trusted(styleSheet)}</style>
</head>
<body>
<main>
<header>
<p class="kicker"><span>${isLoad(summary) ? 'Load' : 'Speed'} benchmark</span>${badges(summary)}</p>
<h1>${summary.name === null ? model : `${oneLine(summary.name, 200)} · ${model}`}</h1>
<p class="facts">${factLine(summary)}</p>
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
${requestTables(summary)}</section>
<section>
<h2>How it was run</h2>
${engineSection(summary.engine)}${plan === null ? null : planSection(plan)}${environment === null ? null : environmentSection(environment)}</section>
<footer>Tokometer ${summary.tokometer} · ${summary.startedAt} · ${summary.directory}</footer>
</main>
</body>
</html>
`;
  return page.html;
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

function chartSection({ rows }: Summary): Markup | null {
  const charts = [
    metricChart(rows, 'generated', 'Generated speed'),
    metricChart(rows, 'prefill', 'Prefill speed'),
    metricChart(rows, 'ttft', 'Time to first token'),
  ].filter((chart) => chart !== null);
  if (charts.length === 0) return null;
  return markup`<section>
<h2>Against prompt length</h2>
<div class="charts">
${charts}</div>
</section>
`;
}
