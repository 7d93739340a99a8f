import * as Plot from '@observablehq/plot';

import { grouped, plainNumber } from '../src/report/measured-number.ts';

export type Marks = readonly Plot.Markish[];

export interface Drawing {
  readonly width: number;
  readonly height?: number;
  readonly x: Plot.ScaleOptions;
  readonly y: Plot.ScaleOptions;
  readonly marks: Marks;
}

/** A chart in the look of the page: its colours are variables of the style sheet, so it follows the theme. */
export function draw({ width, height = Math.round(Math.min(260, width * 0.62)), x, y, marks }: Drawing): SVGElement {
  const chart = Plot.plot({
    width,
    height,
    marginLeft: 50,
    marginRight: 18,
    marginTop: 22,
    marginBottom: 38,
    className: 'plot',
    x: { tickSize: 0, ticks: Math.max(3, Math.floor(width / 90)), tickFormat: tick, nice: false, ...x },
    y: { tickSize: 0, ticks: 4, tickFormat: tick, grid: true, zero: true, nice: true, ...y, label: null },
    marks: [...marks],
  });
  if (!(chart instanceof SVGElement)) throw new Error('a chart is one SVG');
  return chart;
}

/** `12k` above 10,000. */
export function tick(value: number): string {
  if (Math.abs(value) >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (Math.abs(value) >= 10_000) return `${Number((value / 1000).toPrecision(4))}k`;
  return grouped(String(Number(value.toPrecision(6))));
}

export function number(value: number | null): string {
  return value === null ? '–' : grouped(plainNumber(value));
}

/** A whole number as it is; any other with four digits. */
export function count(value: number): string {
  return Number.isInteger(value) ? grouped(String(value)) : number(value);
}

/** Runs that lie over one another have colours of their own; a single one has the accent. */
export function runColour(run: number, runs: number): string {
  return runs === 1 ? 'var(--accent)' : `var(--run-${run % 6})`;
}

/** One colour that grows stronger along an order, such as rising loads. */
export function stepColour(place: number, steps: number): string {
  const share = steps <= 1 ? 100 : Math.round(40 + (60 * place) / (steps - 1));
  return share === 100 ? 'var(--accent)' : `color-mix(in oklab, var(--accent) ${share}%, var(--line))`;
}
