import { formatCount } from '../../base/units.ts';
import type { SummaryRow } from '../../contract/summary.ts';
import { grouped, plainNumber } from '../measured-number.ts';
import { metricIds, valueOf } from '../row-values.ts';
import type { MetricName } from '../row-values.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';

interface Point {
  readonly promptTokens: number;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly valid: boolean;
}

const width = 340;
const height = 210;
const plot = { left: 46, right: 322, top: 22, bottom: 172 };

/** A chart of one metric against prompt tokens, both axes from 0; null when there are fewer than two lengths. */
export function metricChart(rows: readonly SummaryRow[], name: MetricName, title: string): Markup | null {
  const points = pointsOf(rows, name);
  const lengths = new Set(points.map((point) => point.promptTokens));
  const first = points[0];
  if (lengths.size < 2 || first === undefined) return null;
  const unit = rows.map((row) => valueOf(row, name)?.unit).find((one) => one !== undefined) ?? '';
  const longest = Math.max(...lengths);
  const xTicks = ticks(longest, 4).filter((tick) => tick <= longest);
  const yTicks = ticks(Math.max(...points.map((point) => Math.max(point.value, point.high ?? 0))), 4);
  const x = (tokens: number): number => place(tokens / longest, plot.left, plot.right);
  const y = (value: number): number => place(value / (yTicks.at(-1) ?? 1), plot.bottom, plot.top);
  const sorted = points.toSorted((one, other) => one.promptTokens - other.promptTokens);
  const path = sorted.map((point, index) => `${index === 0 ? 'M' : 'L'}${x(point.promptTokens)} ${y(point.value)}`);
  const told = sorted.map((point) => `${plainNumber(point.value)} at ${formatCount(point.promptTokens)}`).join(', ');
  const invalid = sorted.some((point) => !point.valid);
  const whiskers = sorted.some((point) => point.low !== null);
  const id = `chart-${metricIds[name]}`;
  return markup`<figure><figcaption><b>${title}</b>${unit}, against prompt tokens${whiskers ? '; bars: 95 % interval' : ''}${invalid ? '; hollow: not valid' : ''}</figcaption>
<svg class="plain" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}"><title id="${id}">${title} in ${unit} against prompt tokens: ${told}</title>
${yTicks.map((tick) => markup`<path class="${tick === 0 ? 'axis' : 'grid'}" d="M${plot.left} ${y(tick)}H${plot.right}"/><text x="${plot.left - 6}" y="${y(tick) + 4}" text-anchor="end">${tickText(tick)}</text>`)}
${xTicks.map((tick) => markup`<text x="${x(tick)}" y="${plot.bottom + 17}" text-anchor="middle">${tickText(tick)}</text>`)}
<text x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 34}" text-anchor="middle">prompt tokens</text>
${lengths.size === points.length ? markup`<path class="line" d="${path.join('')}"/>` : null}
${sorted.map((point) => pointMarkup(point, x, y))}
${endLabels(sorted, x, y)}</svg></figure>
`;
}

function pointsOf(rows: readonly SummaryRow[], name: MetricName): Point[] {
  return rows.flatMap((row) => {
    const metric = valueOf(row, name);
    const { promptTokens } = row;
    if (promptTokens === null || metric === null || metric.value === null || !Number.isFinite(metric.value)) return [];
    const { interval, value } = metric;
    const known = interval !== null && Number.isFinite(interval.low) && Number.isFinite(interval.high);
    const limits = known ? { low: Math.max(0, interval.low), high: interval.high } : { low: null, high: null };
    return [{ promptTokens, value, ...limits, valid: row.valid }];
  });
}

type Scale = (value: number) => number;

function pointMarkup(point: Point, x: Scale, y: Scale): Markup {
  const at = x(point.promptTokens);
  const whisker =
    point.low === null || point.high === null
      ? null
      : markup`<path class="whisker" d="M${at} ${y(point.low)}V${y(point.high)}M${at - 4} ${y(point.low)}h8M${at - 4} ${y(point.high)}h8"/>`;
  return markup`${whisker}<circle class="${point.valid ? 'dot' : 'not-valid'}" cx="${at}" cy="${y(point.value)}" r="3.75"/>`;
}

// The two ends are what a reader looks for; the rest is in the table. A first point on the floor has the line above it.
function endLabels(points: readonly Point[], x: Scale, y: Scale): Markup[] {
  const first = points[0];
  const last = points.at(-1);
  return [first, last].flatMap((point) => {
    const onFloor = point !== undefined && y(point.value) > place(0.12, plot.bottom, plot.top);
    if (point === undefined || (point === first && onFloor)) return [];
    const above = y(Math.max(point.value, point.high ?? 0)) - 8;
    const anchor = point === first ? 'start' : 'end';
    const at = x(point.promptTokens) + (point === first ? -2 : 5);
    return [
      markup`<text class="value" x="${round(at)}" y="${round(above)}" text-anchor="${anchor}">${grouped(plainNumber(point.value))}</text>`,
    ];
  });
}

/** Round steps from 0 to at least `highest`, about `count` of them. */
export function ticks(highest: number, count: number): number[] {
  if (highest <= 0) return [0, 1];
  const rough = highest / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  const steps = Math.ceil(highest / step - 1e-9);
  return Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

function tickText(value: number): string {
  if (value >= 10_000) return `${Number((value / 1000).toPrecision(6))}k`;
  return Number.isInteger(value) ? formatCount(value) : String(value);
}

function place(share: number, from: number, to: number): number {
  return round(from + share * (to - from));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
