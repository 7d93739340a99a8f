import { formatSignificant } from '../../base/units.ts';
import type { Summary, SummaryRow } from '../../contract/summary.ts';
import type { RowNote } from '../row-notes.ts';
import { isOpenLoop, notAvailable, percentileOf, rowLabel, valueOf } from '../row-values.ts';
import type { MetricName } from '../row-values.ts';
import { bareColumn, metricColumn, withMarks } from './columns.ts';
import type { Column, ColumnSet } from './columns.ts';

/**
 * What a load gave in all, row by row of requests in flight or of rates, and what of it kept the limits where there are some;
 * requests in flight go where there is no room.
 */
export function throughputColumnSets(summary: Summary, notes: readonly RowNote[]): ColumnSet[] {
  const load = loadColumn(summary);
  const marked: Column = { ...load, cells: withMarks(load.cells, summary, notes) };
  const requests = column('Requests', summary, ({ counts }) => String(counts.measured + counts.failed));
  const outcomes = column('OK/failed', summary, ({ counts }) => `${counts.measured}/${counts.failed}`);
  const inFlight = column('In flight', summary, (row) => timeText(valueOf(row, 'inFlight')?.value ?? null));
  const rates = [
    metricColumn(summary, 'requests', 'Req/s'),
    metricColumn(summary, 'output', 'Output tok/s'),
    metricColumn(summary, 'allTokens', 'Total tok/s'),
  ];
  const bareRates = [
    bareColumn(summary, 'requests', 'Req/s'),
    bareColumn(summary, 'output', 'Output tok/s'),
    bareColumn(summary, 'allTokens', 'Total tok/s'),
  ];
  const judged = summary.slo.length > 0;
  const share = column('In SLO(%)', summary, (row) => shareText(row));
  const good = judged ? [metricColumn(summary, 'goodput', 'Goodput/s'), share] : [];
  const bareGoodput = bareColumn(summary, 'goodput', 'Goodput/s');
  const goodput = `${bareGoodput.cells.join(' / ')} requests/s, ${share.cells.join(' / ')} % of the requests, row by row`;
  const told = judged ? [{ label: 'Goodput', text: goodput }] : [];
  const intervals = { label: 'Intervals', text: 'are in summary.json and report.html' };
  const reached = [{ label: 'In flight', text: `${inFlight.cells.join(' / ')} on average, row by row` }];
  return [
    { columns: [marked, requests, outcomes, inFlight, ...rates, ...good], dropped: [] },
    { columns: [marked, requests, outcomes, ...rates, ...good], dropped: reached },
    { columns: [marked, outcomes, ...rates, ...good], dropped: reached },
    ...(judged
      ? [{ columns: [marked, outcomes, ...bareRates, bareGoodput, share], dropped: [...reached, intervals] }]
      : []),
    { columns: [marked, outcomes, ...bareRates], dropped: [...told, ...reached, intervals] },
  ];
}

/** How long requests and tokens took; medians go where there is no room. */
export function timeColumnSets(summary: Summary): ColumnSet[] {
  const load = loadColumn(summary);
  const mean = (name: MetricName, head: string): Column =>
    column(head, summary, (row) => timeText(valueOf(row, name)?.value ?? null));
  const percentile = (name: MetricName, percent: number): Column =>
    column(`p${percent}`, summary, (row) => timeText(percentileOf(row, name, percent)));
  const of = (name: MetricName, head: string, percents: readonly number[]): Column[] => [
    mean(name, head),
    ...percents.map((percent) => percentile(name, percent)),
  ];
  const set = (percents: readonly number[], ttftPercents = percents): Column[] => [
    load,
    ...of('ttft', 'TTFT', ttftPercents),
    ...of('tpot', 'TPOT', percents),
    ...of('itl', 'ITL', percents),
    ...of('latency', 'Latency', percents),
  ];
  const median = { label: 'TTFT p50', text: `${percentile('ttft', 50).cells.join(' / ')} ms, row by row` };
  return [
    { columns: set([50, 90, 99]), dropped: [] },
    { columns: set([99], [50, 99]), dropped: [] },
    { columns: set([99]), dropped: [median] },
  ];
}

function column(head: string, summary: Summary, text: (row: SummaryRow) => string): Column {
  return { head, align: 'right', cells: summary.rows.map(text) };
}

function loadColumn(summary: Summary): Column {
  const isOpen = isOpenLoop(summary);
  const loadText = (row: SummaryRow): string => (isOpen ? rowLabel(row, summary) : String(row.parallel));
  return column(isOpen ? 'Rate' : 'Parallel', summary, (row) => `${row.valid ? '' : '✗ '}${loadText(row)}`);
}

/** A time of a load row, or `n/a`: three significant digits. */
export function timeText(value: number | null): string {
  return value === null ? notAvailable : formatSignificant(value, 3);
}

/** The share of a row's requests that keep every limit, in percent, or `n/a`. */
export function shareText(row: SummaryRow): string {
  const share = valueOf(row, 'withinSlo')?.value ?? null;
  return share === null ? notAvailable : wholePercent(share);
}

// 99.96 % is not all of them.
function wholePercent(share: number): string {
  const text = share.toFixed(1);
  if (text === '100.0') return share === 100 ? '100' : '> 99.9';
  return text === '0.0' && share > 0 ? '< 0.1' : text;
}
