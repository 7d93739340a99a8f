import type { PageRun } from '../../src/contract/report-details.ts';
import { definitionOf, pointsOf, promptTokens } from '../data.ts';
import type { Figure } from '../figure.ts';
import { say } from '../language.ts';
import type { Curve } from './metric.ts';
import { metricFigure } from './metric.ts';

const speeds = ['generated_speed', 'decode_speed', 'prefill_speed', 'ttft'] as const;

/** Speed against context, each definition by itself, with what was published by the same one. */
export function speedFigures(runs: readonly PageRun[]): Figure[] {
  const published = new Set(
    runs.flatMap(({ summary }) => summary.rows.flatMap((row) => row.published.map((one) => one.published.id))),
  );
  // The tables of some models are by a definition that is no column of its own here.
  const ids = [...speeds.slice(0, 2), ...(published.has('total_speed') ? ['total_speed'] : []), ...speeds.slice(2)];
  return ids.flatMap((id) => speedFigure(runs, id) ?? []);
}

function speedFigure(runs: readonly PageRun[], id: string): Figure | null {
  const speedRuns = runs.map((run) => ({
    ...run,
    summary: { ...run.summary, rows: run.summary.rows.filter(({ kind }) => kind === 'speed') },
  }));
  const definition = definitionOf(speedRuns, id);
  if (definition === null) return null;
  const points = pointsOf(speedRuns, promptTokens, (row) => row.values[id]);
  const reference = pointsOf(
    speedRuns,
    promptTokens,
    (row) => row.published.find((one) => one.published.id === id)?.published,
  ).map((point) => ({ ...point, valid: true }));
  const curves: Curve[] = [
    { label: say('measured'), points },
    ...(reference.length === 0
      ? []
      : [{ label: say('published'), points: reference, colour: 'var(--soft)', isDashed: true, isReference: true }]),
  ];
  return metricFigure(runs, {
    title: say(definition.label),
    unit: say(definition.unit),
    axis: say('prompt tokens'),
    curves,
  });
}
