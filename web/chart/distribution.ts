import * as Plot from '@observablehq/plot';

import type { Distribution, PageRun } from '../../src/contract/report-details.ts';
import { definitionOf, rowName } from '../data.ts';
import { draw, number, stepColour } from '../draw.ts';
import type { Marks } from '../draw.ts';
import type { Figure, LegendEntry } from '../figure.ts';
import { say } from '../language.ts';
import { sloColour, sloLimitOf, sloName } from './slo.ts';

const metrics = ['ttft', 'tpot', 'itl', 'latency'] as const;

interface Curve {
  readonly label: string;
  readonly colour: string;
  readonly n: number;
  readonly quantiles: readonly number[];
}

/** A limit that was set to the time. */
interface Line extends LegendEntry {
  readonly ms: number;
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
  const limit = sloLimitOf(run, metric);
  const line: Line | null =
    limit === null ? null : { ms: limit.limitMs, label: sloName(limit), colour: sloColour, isDashed: true };
  const axis = say(
    metric === 'itl' ? 'share of the gaps that are no longer' : 'share of the requests that took no longer',
  );
  return {
    title,
    unit: 'ms',
    note: line === null ? axis : `${axis}; ${say('dashed: {}', line.label)}`,
    told: [
      ...(line === null ? [] : [line.label]),
      ...curves.map((curve) => {
        const places = `${curve.label}: p50 ${at(curve, 0.5)}, p90 ${at(curve, 0.9)}, p99 ${at(curve, 0.99)} ms`;
        return line === null ? places : `${places}, ${say('{} % within the SLO', within(curve, line.ms))}`;
      }),
    ].join('; '),
    legend: [...curves, ...(line === null ? [] : [line])],
    table: {
      heads: [
        '',
        'n',
        'p10',
        'p50',
        'p90',
        'p95',
        'p99',
        say('largest'),
        ...(line === null ? [] : [`${line.label} (%)`]),
      ],
      rows: curves.map((curve) => [
        curve.label,
        String(curve.n),
        ...[0.1, 0.5, 0.9, 0.95, 0.99, 1].map((probability) => at(curve, probability)),
        ...(line === null ? [] : [within(curve, line.ms)]),
      ]),
    },
    draw: (width) => drawCurves(width, curves, line),
  };
}

// Between two quantiles the curve is a straight line, as it is drawn.
function at({ quantiles }: Curve, probability: number): string {
  const position = probability * (quantiles.length - 1);
  const below = Math.floor(position);
  const low = quantiles[below] ?? 0;
  return number(low + (position - below) * ((quantiles[below + 1] ?? low) - low));
}

/** The share of the curve that is no longer than a time, in percent. */
function within({ quantiles }: Curve, ms: number): string {
  const above = quantiles.findIndex((one) => one > ms);
  if (above <= 0) return above === 0 ? '0' : '100';
  const [low = 0, high = 0] = [quantiles[above - 1], quantiles[above]];
  const share = (above - 1 + (ms - low) / (high - low)) / (quantiles.length - 1);
  return String(Math.floor(share * 1000) / 10);
}

function drawCurves(width: number, curves: readonly Curve[], line: Line | null): SVGElement {
  const all = [...curves.flatMap(({ quantiles }) => quantiles), ...(line === null ? [] : [line.ms])];
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
      ...(line === null
        ? []
        : limitMarks(
            line,
            isWide ? Math.log(line.ms / low) > Math.log(high / line.ms) : line.ms - low > high - line.ms,
          )),
    ],
  });
}

// The name stands on the side where there is room.
function limitMarks(line: Line, isRight: boolean): Marks {
  const textAnchor = isRight ? 'end' : 'start';
  return [
    Plot.ruleX([line.ms], { stroke: line.colour, strokeWidth: 1.5, strokeDasharray: '5 4', className: 'level' }),
    Plot.text([line], { x: 'ms', text: 'label', frameAnchor: 'top', dy: -12, textAnchor, fill: line.colour }),
  ];
}
