import * as Plot from '@observablehq/plot';

import type { Distribution, PageRun } from '../../src/contract/report-details.ts';
import { definitionOf, rowName } from '../data.ts';
import { draw, number, stepColour } from '../draw.ts';
import type { Figure } from '../figure.ts';
import { say } from '../language.ts';

const metrics = ['ttft', 'tpot', 'itl', 'latency'] as const;

interface Curve {
  readonly label: string;
  readonly colour: string;
  readonly n: number;
  readonly quantiles: readonly number[];
}

/** How the times of each row are distributed: the share of requests that took no longer. */
export function distributionFigures(run: PageRun): Figure[] {
  return metrics.flatMap((metric) => {
    const found = (run.details?.distributions ?? []).filter((one) => one.metric === metric);
    return found.length === 0 ? [] : [distributionFigure(run, metric, found)];
  });
}

function distributionFigure(run: PageRun, metric: string, found: readonly Distribution[]): Figure {
  const rows = run.summary.rows;
  const isOpen = rows.some(({ arrival }) => arrival !== null);
  const title = say(definitionOf([run], metric)?.label ?? metric);
  const curves: Curve[] = found.map(({ cell, n, quantiles }, place) => {
    const row = rows.find((one) => one.cell === cell);
    const name = row === undefined ? cell : rowName(row);
    return {
      label: isOpen ? name : say('{} in flight', name),
      colour: stepColour(place, found.length),
      n,
      quantiles,
    };
  });
  return {
    title,
    unit: 'ms',
    note: say(metric === 'itl' ? 'share of the gaps that are no longer' : 'share of the requests that took no longer'),
    told: curves
      .map((curve) => `${curve.label}: p50 ${at(curve, 0.5)}, p90 ${at(curve, 0.9)}, p99 ${at(curve, 0.99)} ms`)
      .join('; '),
    legend: curves,
    table: {
      heads: ['', 'n', 'p10', 'p50', 'p90', 'p95', 'p99', say('largest')],
      rows: curves.map((curve) => [
        curve.label,
        String(curve.n),
        ...[0.1, 0.5, 0.9, 0.95, 0.99, 1].map((probability) => at(curve, probability)),
      ]),
    },
    draw: (width) => drawCurves(width, curves),
  };
}

// Between two quantiles the curve is a straight line, as it is drawn.
function at({ quantiles }: Curve, probability: number): string {
  const position = probability * (quantiles.length - 1);
  const below = Math.floor(position);
  const low = quantiles[below] ?? 0;
  return number(low + (position - below) * ((quantiles[below + 1] ?? low) - low));
}

function drawCurves(width: number, curves: readonly Curve[]): SVGElement {
  const all = curves.flatMap(({ quantiles }) => quantiles);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  // Times that lie decades apart would be one vertical line.
  const isWide = low > 0 && high / low > 50;
  return draw({
    width,
    x: {
      label: 'ms',
      labelAnchor: 'center',
      labelArrow: 'none',
      labelOffset: 34,
      ...(isWide ? { type: 'log' as const, ticks: 5 } : {}),
    },
    y: { domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], tickFormat: (share: number) => `${share * 100} %` },
    marks: [
      Plot.ruleY([0], { stroke: 'var(--soft)' }),
      ...curves.map(({ quantiles, colour }) =>
        Plot.line(
          quantiles.map((ms, step) => [ms, step / (quantiles.length - 1)]),
          { stroke: colour, strokeWidth: 1.75 },
        ),
      ),
    ],
  });
}
