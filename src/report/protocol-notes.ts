import { formatDuration } from '../base/units.ts';
import type { ColdStart, Interval, Summary, SummaryRow } from '../contract/summary.ts';
import { plainNumber } from './measured-number.ts';

/** What the protocol has to say of a row: an unsteady warm-up or row, why it stopped, and what lies far off. */
export function protocolNotes(row: SummaryRow): string[] {
  return [...unsteadyNotes(row), ...stopNotes(row), ...outlierNotes(row)];
}

function unsteadyNotes({ warmups, trend }: SummaryRow): string[] {
  const cold = warmups.filter(({ steady }) => steady === false);
  const notes = cold.map(({ execution, text }) => `${warmups.length > 1 ? `start ${execution}: ` : ''}${text}`);
  return trend === null ? notes : [...notes, trend];
}

// That a plan was carried out needs no word.
function stopNotes({ stopped }: SummaryRow): string[] {
  return stopped === null || stopped.reason === 'repetitions' ? [] : [stopped.text];
}

function outlierNotes({ outliers, values }: SummaryRow): string[] {
  if (outliers.length === 0) return [];
  const starts =
    new Set(outliers.map(({ execution }) => execution)).size > 1 || outliers.some((one) => one.execution > 1);
  const told = outliers.slice(0, 3).map(({ execution, repetition, metric, value, median }) => {
    const { label, unit } = values[metric] ?? { label: metric, unit: '' };
    const place = `${starts ? `start ${execution}, ` : ''}repetition ${repetition}`;
    return `${place}: ${label} ${plainNumber(value)} ${unit}, the median is ${plainNumber(median)}`;
  });
  const more = outliers.length > told.length ? [`and ${outliers.length - told.length} more`] : [];
  return [`far from the others, and counted all the same: ${[...told, ...more].join('; ')}`];
}

/** What an interval was taken over, and what it does not cover. */
export function coverText(rows: readonly SummaryRow[], over: string, interval: Interval): string {
  const percent = `± ${Math.round(interval.level * 100)} % interval`;
  const starts = Math.max(...rows.map(({ counts }) => counts.executions));
  const stopped = rows.some((row) => row.stopped?.reason === 'precision');
  const bias = stopped
    ? '; rows that stopped by precision stopped where they looked narrow, so theirs covers the truth less often, 93 to 95 in 100 in simulation'
    : '';
  if (interval.covers === 'executions') return `${percent} over ${starts} engine starts, by the means of each${bias}`;
  return `${percent} over ${over} of one engine start: it does not cover how starts differ${bias}`;
}

/** How long the engine took to start, and its first request; null: it ran before, and nobody knows how warm it was. */
export function coldStartText({ starts, rows }: Summary): string | null {
  const started = starts.filter(({ readyMs }) => readyMs !== null);
  if (started.length === 0) return null;
  const told = started.slice(0, 5).map((start) => startText(start, rows, started.length > 1));
  return [...told, ...(started.length > told.length ? [`and ${started.length - told.length} more`] : [])].join('; ');
}

function startText(
  { execution, readyMs, firstRequest }: ColdStart,
  rows: readonly SummaryRow[],
  named: boolean,
): string {
  const ready = `${named ? `start ${execution}: ` : ''}ready in ${formatDuration(readyMs ?? 0)}`;
  if (firstRequest === null) return ready;
  const { cell, ttftMs, latencyMs, phase } = firstRequest;
  const row = rows.find((one) => one.cell === cell);
  const prompt = row?.promptTokens == null ? '' : `, prompt ${row.promptTokens}`;
  const times = [
    ...(ttftMs === null ? [] : [`TTFT ${formatDuration(ttftMs)}`]),
    ...(latencyMs === null ? [] : [`latency ${formatDuration(latencyMs)}`]),
  ].join(', ');
  // Without a warm-up the first request is part of the result.
  return `${ready}, first request${prompt} ${times}${phase === 'measured' ? ' (counted)' : ''}`;
}
