import type { PageRun } from '../../src/contract/report-details.ts';
import type { SummaryRow } from '../../src/contract/summary.ts';
import { definitionOf, load, pointsOf } from '../data.ts';
import type { Figure } from '../figure.ts';
import { say } from '../language.ts';
import type { Curve } from './metric.ts';
import { metricFigure } from './metric.ts';
import { sloLevels } from './slo.ts';

const throughputs = ['output_throughput', 'request_throughput', 'slo_attainment'] as const;
const times = ['ttft', 'tpot', 'latency'] as const;

/** Throughput and times against load, with the limits that were set; requests in flight and rates are loads of two kinds, each on an axis of its own. */
export function loadFigures(all: readonly PageRun[]): Figure[] {
  return [false, true].flatMap((isOpen) => {
    const runs = all.map((run) => {
      const rows = run.summary.rows.filter(({ kind, arrival }) => kind === 'load' && (arrival !== null) === isOpen);
      return { ...run, summary: { ...run.summary, rows } };
    });
    const axis = isOpen ? say('requests/s asked for') : say('requests in flight');
    const figures = [
      ...throughputs.map((id) => throughputFigure(runs, id, { axis, isOpen })),
      ...times.map((id) => timeFigure(runs, id, axis)),
    ];
    return figures.filter((figure) => figure !== null);
  });
}

function throughputFigure(
  runs: readonly PageRun[],
  id: string,
  { axis, isOpen }: { axis: string; isOpen: boolean },
): Figure | null {
  const definition = definitionOf(runs, id);
  if (definition === null) return null;
  const points = pointsOf(runs, load, (row) => row.values[id]);
  const good = id === 'request_throughput' ? pointsOf(runs, load, (row) => row.values['goodput']) : [];
  const kept: Curve[] = good.length === 0 ? [] : [{ label: say('Goodput'), points: good, isDashed: true }];
  const asked = isOpen && id === 'request_throughput' ? askedFor(runs) : [];
  return metricFigure(runs, {
    title: say(definition.label),
    unit: say(definition.unit),
    axis,
    curves: [{ label: say('measured'), points }, ...kept, ...asked],
  });
}

// A server that keeps up lies on this line.
function askedFor(runs: readonly PageRun[]): Curve[] {
  const points = pointsOf(runs, load, (row) => ({ value: load(row), interval: null }));
  const once = [...new Map(points.map((point) => [point.x, { ...point, run: 0, valid: true }])).values()];
  const sorted = once.toSorted((one, other) => one.x - other.x);
  return [{ label: say('asked for'), points: sorted, colour: 'var(--soft)', isDashed: true, isReference: true }];
}

function timeFigure(runs: readonly PageRun[], id: string, axis: string): Figure | null {
  const definition = definitionOf(runs, id);
  if (definition === null) return null;
  const percentile = (row: SummaryRow, percent: number) =>
    row.values[id]?.percentiles.find((one) => one.percent === percent);
  const curves = [50, 99].map((percent) => ({
    label: `p${percent}`,
    points: pointsOf(runs, load, (row) => percentile(row, percent)),
    isDashed: percent === 99,
  }));
  return metricFigure(runs, {
    title: say(definition.label),
    unit: say(definition.unit),
    axis,
    curves,
    levels: sloLevels(runs, id),
  });
}
