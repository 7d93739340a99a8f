/**
 * The one door of the room. Comes in: a Summary. Goes out: text for a terminal, a page or a program. Computes no
 * metric: every number, label, unit and warning is in the Summary.
 */
import type { EnvironmentFacts } from '../contract/environment.ts';
import type { RunPlan } from '../contract/plan.ts';
import type { ReportDetails } from '../contract/report-details.ts';
import type { Summary } from '../contract/summary.ts';
import { renderCard } from './card/render-card.ts';
import { renderHtml } from './html/render-html.ts';
import { renderMarkdown } from './table/markdown.ts';
import { renderRunsHtml } from './html/render-runs.ts';
import { renderTable } from './table/render-table.ts';

export type ReportFormat = 'table' | 'markdown' | 'html' | 'card' | 'json';

/** How a terminal shows the table. */
export interface TerminalContext {
  /** Columns of the terminal, for the table; 80 when not given. */
  readonly width?: number;
  /** Whether the table is coloured; not, when not given. */
  readonly colour?: boolean;
}

export interface RenderContext extends TerminalContext {
  /** Shown by the page, without its secrets. */
  readonly plan?: RunPlan | null;
  readonly environment?: EnvironmentFacts | null;
  /** What the page draws beside the summary; without it there are fewer charts. */
  readonly details?: ReportDetails | null;
}

/** A summary as a table for a terminal, as Markdown for a pull request, as a self-contained page, as a picture (SVG), or as JSON; each ends in a line break. */
export function render(summary: Summary, format: ReportFormat, context: RenderContext = {}): string {
  if (format === 'table') return renderTable(summary, { width: context.width ?? 80, colour: context.colour ?? false });
  if (format === 'markdown') return renderMarkdown(summary);
  if (format === 'html') {
    const { plan = null, environment = null, details = null } = context;
    return renderHtml(summary, plan, environment, details);
  }
  if (format === 'card') return renderCard(summary);
  return `${JSON.stringify(summary, null, 2)}\n`;
}

/** A run with what a page shows beside its summary. */
export interface RenderedRun {
  readonly summary: Summary;
  readonly plan: RunPlan | null;
  readonly environment: EnvironmentFacts | null;
  readonly details: ReportDetails | null;
}

/** Several runs: tables one after the other, one page with their charts over one another, or a list in JSON. */
export function renderRuns(runs: readonly RenderedRun[], format: ReportFormat, terminal: TerminalContext = {}): string {
  const [only, ...others] = runs;
  if (only !== undefined && others.length === 0) return render(only.summary, format, { ...only, ...terminal });
  if (format === 'html') return renderRunsHtml(runs);
  if (format === 'json') {
    return `${JSON.stringify(
      runs.map(({ summary }) => summary),
      null,
      2,
    )}\n`;
  }
  return runs.map(({ summary }) => render(summary, format, terminal)).join('\n');
}
