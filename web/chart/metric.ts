import * as Plot from '@observablehq/plot';

import type { PageRun } from '../../src/contract/report-details.ts';
import type { Point } from '../data.ts';
import { count, draw, number, runColour, tick } from '../draw.ts';
import type { Marks } from '../draw.ts';
import type { Figure, LegendEntry } from '../figure.ts';
import { say } from '../language.ts';

export interface Curve {
  readonly label: string;
  readonly points: readonly Point[];
  readonly colour?: string;
  readonly isDashed?: boolean;
  /** No dots: a line of what is known, not of what was measured. */
  readonly isReference?: boolean;
}

const soft = 'var(--soft)';

/** A dashed line at one value. */
export interface Level {
  readonly value: number;
  /** Words of the caption. */
  readonly label: string;
  /** Its name in the legend and at the line; left out: its value stands there. */
  readonly name?: string;
  readonly colour?: string;
  /** What of the points keeps it, for those who don't see the line; left out: the words of the caption. */
  readonly told?: string;
}

export interface MetricFigure {
  readonly title: string;
  readonly unit: string;
  readonly axis: string;
  readonly curves: readonly Curve[];
  /** What nothing can exceed, or what was promised. */
  readonly levels?: readonly Level[];
  /** Words of others, beside the page's own. */
  readonly said?: string;
}

/** A metric against what changes from row to row; null where there is no second place on the axis. */
export function metricFigure(runs: readonly PageRun[], options: MetricFigure): Figure | null {
  const { title, unit, axis, levels = [] } = options;
  const curves = coloured(runs, options.curves);
  const all = curves.flatMap(({ points }) => points);
  if (new Set(all.map(({ x }) => x)).size < 2) return null;
  const hasIntervals = all.some(({ low }) => low !== null);
  const isNamed = curves.length > 1 || runs.length > 1;
  const hasInvalid = all.some(({ valid }) => !valid);
  const words = [
    ...(hasIntervals ? [say('bars: 95 % interval')] : []),
    ...(hasInvalid ? [say('hollow: not valid')] : []),
    ...levels.map(({ label }) => label),
  ];
  return {
    title,
    unit,
    note: [say('against {}', axis), ...words].join('; '),
    ...(options.said === undefined ? {} : { said: options.said }),
    told: told(curves, levels),
    legend: isNamed ? [...curves.map(legendEntry), ...levels.flatMap(levelEntry)] : [],
    table: {
      heads: [...(isNamed ? [''] : []), axis, unit, ...(hasIntervals ? [say('95 % interval')] : [])],
      rows: curves.flatMap(({ label, points }) =>
        points.map((point) => [
          ...(isNamed ? [label] : []),
          count(point.x),
          number(point.y),
          ...(hasIntervals ? [intervalText(point)] : []),
        ]),
      ),
    },
    draw: (width) =>
      draw({
        width,
        x: { label: axis, zero: true, labelAnchor: 'center', labelArrow: 'none', labelOffset: 34 },
        y: {},
        marks: [
          Plot.ruleY([0], { stroke: 'var(--soft)' }),
          ...levels.flatMap(levelMarks),
          ...curves.flatMap(curveMarks),
        ],
      }),
  };
}

type ColouredCurve = Curve & { readonly colour: string };

// Each run of a curve is a curve of its own, in the colour of the run.
function coloured(runs: readonly PageRun[], curves: readonly Curve[]): ColouredCurve[] {
  return curves.flatMap((curve) =>
    runs.flatMap(({ label }, run) => {
      const points = curve.points.filter((point) => point.run === run);
      if (points.length === 0) return [];
      const name = runs.length === 1 ? curve.label : curves.length === 1 ? label : `${label}, ${curve.label}`;
      return [{ ...curve, label: name, points, colour: curve.colour ?? runColour(run, runs.length) }];
    }),
  );
}

function legendEntry({ label, colour, isDashed = false }: ColouredCurve): LegendEntry {
  return { label, colour, isDashed };
}

function levelEntry({ name, colour = soft }: Level): LegendEntry[] {
  return name === undefined ? [] : [{ label: name, colour, isDashed: true }];
}

function intervalText({ low, high }: Point): string {
  return low === null || high === null ? '–' : say('{} to {}', number(low), number(high));
}

function told(curves: readonly ColouredCurve[], levels: readonly Level[]): string {
  const texts = curves.map(({ label, points }) => {
    const shown = points.length <= 6 ? points : [...points.slice(0, 3), ...points.slice(-2)];
    const numbers = shown.map(({ x, y }) => say('{} at {}', number(y), count(x))).join(', ');
    return curves.length === 1 ? numbers : `${label}: ${numbers}`;
  });
  return [...texts, ...levels.map((level) => level.told ?? level.label)].join('; ');
}

function levelMarks(level: Level): Marks {
  const { name, colour = soft } = level;
  return [
    Plot.ruleY([level.value], { stroke: colour, strokeWidth: 1.5, strokeDasharray: '5 4', className: 'level' }),
    Plot.text([level], {
      y: 'value',
      text: (one: Level) => name ?? tick(one.value),
      frameAnchor: 'right',
      dy: -7,
      fill: colour,
    }),
  ];
}

function curveMarks({ points, colour, isDashed = false, isReference = false }: ColouredCurve): Marks {
  const isLine = new Set(points.map(({ x }) => x)).size === points.length;
  const whiskers = points.filter(({ low }) => low !== null);
  const dash = isDashed ? { strokeDasharray: '5 4' } : {};
  return [
    ...(isLine ? [Plot.lineY(points, { x: 'x', y: 'y', stroke: colour, strokeWidth: 1.75, ...dash })] : []),
    Plot.ruleX(whiskers, { x: 'x', y1: 'low', y2: 'high', stroke: colour, strokeWidth: 1.25 }),
    ...(['low', 'high'] as const).map((end) =>
      Plot.text(whiskers, { x: 'x', y: end, text: () => '–', fill: colour, fontSize: 13 }),
    ),
    ...(isReference
      ? []
      : [
          Plot.dot(points, {
            x: 'x',
            y: 'y',
            r: 3.5,
            strokeWidth: 1.75,
            fill: (point: Point) => (point.valid ? colour : 'var(--card)'),
            stroke: (point: Point) => (point.valid ? colour : 'var(--bad)'),
          }),
          Plot.tip(
            points,
            Plot.pointer({ x: 'x', y: 'y', title: (point: Point) => `${number(point.y)} · ${count(point.x)}` }),
          ),
        ]),
  ];
}
