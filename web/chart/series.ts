import * as Plot from '@observablehq/plot';

import type { PageRun, PassSpan, SeriesId, TimeSeries } from '../../src/contract/report-details.ts';
import { rowName } from '../data.ts';
import { draw, number } from '../draw.ts';
import type { Marks } from '../draw.ts';
import type { Figure, LegendEntry } from '../figure.ts';
import { say } from '../language.ts';

const groups: readonly { readonly title: string; readonly ids: readonly SeriesId[] }[] = [
  { title: 'Tokens that arrived', ids: ['output'] },
  { title: 'Requests in flight', ids: ['in-flight'] },
  { title: 'Send delay', ids: ['send-delay'] },
  { title: 'CPU', ids: ['own-cpu', 'other-cpu', 'stolen-cpu'] },
  { title: 'GPU utilisation', ids: ['gpu-use'] },
  { title: 'GPU power', ids: ['gpu-power'] },
  { title: 'GPU core clock', ids: ['gpu-clock'] },
  { title: 'GPU memory in use', ids: ['gpu-memory'] },
];

const height = 190;
// Without the margins of `draw`.
const frameHeight = height - 60;

const colours = ['var(--accent)', 'var(--run-1)', 'var(--run-2)', 'var(--run-3)', 'var(--run-4)', 'var(--run-5)'];

interface NamedSeries extends TimeSeries, LegendEntry {}

/** What happened over the run, under the rows that were measured; rows with noise are tinted. */
export function seriesFigures(run: PageRun): Figure[] {
  const details = run.details;
  if (details === null) return [];
  return groups.flatMap(({ title, ids }) => {
    const found = details.series.filter(({ id, values }) => ids.includes(id) && values.length > 1);
    return found.length === 0 ? [] : [seriesFigure(run, say(title), found)];
  });
}

function seriesFigure(run: PageRun, title: string, found: readonly TimeSeries[]): Figure {
  const named: NamedSeries[] = found.map((series, place) => ({
    ...series,
    label: series.device === null ? say(series.label) : series.device,
    colour: colours[place % colours.length] ?? 'var(--accent)',
  }));
  const unit = say(found[0]?.unit ?? '');
  return {
    title,
    unit,
    told: named
      .map(
        ({ label, values }) =>
          `${label}: ${say('mean {}, largest {}', number(mean(values)), number(Math.max(...values)))}`,
      )
      .join('; '),
    legend: named.length > 1 ? named : [],
    table: {
      heads: [say('Seconds'), ...named.map(({ label }) => `${label} (${unit})`)],
      rows: (named[0]?.seconds ?? []).map((seconds, index) => [
        seconds.toFixed(2),
        ...named.map((series) => number(valueAt(series, seconds, index))),
      ]),
    },
    isWide: true,
    draw: (width) => drawSeries(width, run, named),
  };
}

// Series of one sampler share their times; where one has fewer points the nearest stands.
function valueAt({ seconds, values }: TimeSeries, at: number, index: number): number | null {
  if (seconds[index] === at) return values[index] ?? null;
  const place = seconds.findIndex((one) => one >= at);
  return values[place] ?? null;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What disturbed rows, each with its name; the charts tint them. */
export function noiseTexts({ summary }: PageRun): string[] {
  return summary.rows
    .filter(({ noise }) => noise.length > 0)
    .map((row) => `${rowName(row)}: ${row.noise.map(({ text }) => text).join(', ')}`);
}

function drawSeries(width: number, run: PageRun, named: readonly NamedSeries[]): SVGElement {
  const seconds = named.flatMap((series) => series.seconds);
  const domain: [number, number] = [Math.min(...seconds), Math.max(...seconds)];
  return draw({
    width,
    height,
    x: {
      domain,
      label: say('seconds since the start of the run'),
      labelAnchor: 'center',
      labelArrow: 'none',
      labelOffset: 34,
    },
    y: {},
    marks: [
      ...spanMarks(run, domain, width),
      Plot.ruleY([0], { stroke: 'var(--soft)' }),
      ...named.flatMap((series) => lineMarks(series, named.length === 1)),
    ],
  });
}

function lineMarks({ seconds, values, colour }: NamedSeries, isAlone: boolean): Marks {
  const points = seconds.map((at, index) => [at, values[index] ?? 0]);
  return [
    ...(isAlone ? [Plot.areaY(points, { fill: colour, fillOpacity: 0.12 })] : []),
    Plot.line(points, { stroke: colour, strokeWidth: 1.5 }),
  ];
}

interface ShownSpan extends PassSpan {
  readonly name: string;
  readonly isNoisy: boolean;
  readonly width: number;
}

function spanMarks({ details, summary }: PageRun, [from, to]: [number, number], width: number): Marks {
  const perSecond = (width - 68) / (to - from || 1);
  const spans = (details?.spans ?? []).flatMap((span): ShownSpan[] => {
    const row = summary.rows.find(({ cell }) => cell === span.cell);
    const start = Math.max(from, span.fromSeconds);
    const end = Math.min(to, span.toSeconds);
    if (row === undefined || end <= start) return [];
    const isNoisy = row.noise.length > 0 && span.phase === 'measured';
    return [
      { ...span, fromSeconds: start, toSeconds: end, name: rowName(row), isNoisy, width: (end - start) * perSecond },
    ];
  });
  const labelled = spans.filter((span) => span.phase === 'measured' && span.width > 8 * span.name.length);
  const place = { x1: 'fromSeconds', x2: 'toSeconds' };
  return [
    Plot.rect(
      spans.filter(({ isNoisy }) => isNoisy),
      { ...place, fill: 'var(--warn)', fillOpacity: 0.12 },
    ),
    Plot.ruleX(spans, { x: 'fromSeconds', stroke: 'var(--line)', strokeDasharray: '2 3' }),
    Plot.text(labelled, {
      x: (span: ShownSpan) => (span.fromSeconds + span.toSeconds) / 2,
      text: 'name',
      frameAnchor: 'top',
      dy: -18,
      fill: 'var(--soft)',
    }),
    // A strip of 3 pixels above the frame.
    ...(['warmup', 'measured'] as const).map((phase) =>
      Plot.rect(
        spans.filter((span) => span.phase === phase),
        {
          ...place,
          insetTop: -7,
          insetBottom: frameHeight + 4,
          fill: 'var(--accent)',
          fillOpacity: phase === 'warmup' ? 0.25 : 0.8,
        },
      ),
    ),
  ];
}
