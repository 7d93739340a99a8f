import { TokometerError } from '../../base/errors.ts';
import { formatSignificant } from '../../base/units.ts';
import type { ComparedCell, ComparedValue, Comparison, GateResult } from '../../contract/comparison.ts';
import { metrics } from '../definition/list.ts';

/** A limit on one metric: of its change in percent, or of the candidate's value in the metric's unit. */
export interface Gate {
  readonly text: string;
  readonly metric: string;
  /** The gate is missed on this side of the limit. */
  readonly side: '<' | '>';
  readonly of: 'change' | 'value';
  /** Percent of a change; else in the metric's unit. */
  readonly limit: number;
}

// How a unit may be written, and how many of the metric's unit it is.
const unitFactors: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ms: { us: 0.001, ms: 1, s: 1000 },
  'tokens/s': { 'tokens/s': 1, 'tok/s': 1, 't/s': 1 },
  'requests/s': { 'requests/s': 1, 'req/s': 1 },
  tokens: { tokens: 1 },
  requests: { requests: 1 },
  GiB: { GiB: 1, MiB: 1 / 1024 },
};

/** Reads `decode_speed < -3%` or `ttft > 200ms`. Throws E_USAGE, which names the metrics that exist. */
export function parseGate(text: string): Gate {
  const match = /^\s*([a-z][a-z0-9_-]*)\s*([<>])\s*([+-]?\d+(?:\.\d+)?)\s*(%|[a-z/]+)?\s*$/i.exec(text);
  const refuse = (problem: string, hint: string): TokometerError =>
    new TokometerError('E_USAGE', `--fail-if "${text}": ${problem}`, { hint });
  if (match === null) {
    throw refuse(
      'is not of the form METRIC < NUMBER UNIT',
      `such as 'decode_speed < -3%' or 'ttft > 200ms'; ${known()}`,
    );
  }
  const [, name = '', sign = '', number = '', unit = ''] = match;
  const metric = metrics.find(({ id }) => id === name.replaceAll('-', '_').toLowerCase());
  if (metric === undefined) throw refuse(`there is no metric "${name}"`, known());
  const side = sign === '<' ? '<' : '>';
  if (unit === '%') return { text, metric: metric.id, side, of: 'change', limit: Number(number) };
  const factors = unitFactors[metric.unit] ?? {};
  const factor = factors[unit];
  if (factor === undefined) {
    const units = ['%', ...Object.keys(factors)].join(', ');
    throw refuse(unit === '' ? 'a unit is missing' : `${metric.id} is not measured in ${unit}`, `it takes ${units}`);
  }
  return { text, metric: metric.id, side, of: 'value', limit: Number(number) * factor };
}

/** Holds each gate against the comparison. One that finds nothing to hold against is missed: a gate must not pass unseen. */
export function checkGates(comparison: Comparison, gates: readonly Gate[]): Comparison {
  return { ...comparison, gates: gates.map((gate) => checkGate(gate, comparison)) };
}

interface Found {
  readonly cell: ComparedCell;
  readonly value: ComparedValue;
}

function checkGate(gate: Gate, comparison: Comparison): GateResult {
  const result = (missed: boolean, text: string): GateResult => ({ gate: gate.text.trim(), missed, text });
  const found = comparison.cells.flatMap((cell): Found[] =>
    cell.values.filter(({ id }) => id === gate.metric).map((value) => ({ cell, value })),
  );
  if (found.length === 0) return result(true, `no cell has ${gate.metric} on both sides`);
  const refused = found.find(({ value }) => value.verdict === 'not comparable');
  if (refused !== undefined)
    return result(true, `${gate.metric} is not comparable at ${refused.cell.name}: ${refused.value.reason}`);
  const missed = found.filter(({ value }) => isBeyond(gate, value));
  const sorted = missed.toSorted((one, other) => badness(gate, other.value) - badness(gate, one.value));
  const worst = sorted[0];
  const limit = limitText(gate, found[0]?.value.unit ?? '');
  const word = gate.side === '<' ? 'below' : 'above';
  if (worst === undefined) {
    const cells = found.length === 1 ? 'one cell' : `${found.length} cells`;
    return result(false, `${gate.metric} is not ${word} ${limit} in ${cells}`);
  }
  const more = missed.length === 1 ? '' : `, and in ${missed.length - 1} more`;
  return result(
    true,
    `${gate.metric} is ${seenText(gate, worst.value)} at ${worst.cell.name}, ${word} ${limit}${more}`,
  );
}

function isBeyond(gate: Gate, value: ComparedValue): boolean {
  const seen = seenValue(gate, value);
  // A ratio to 0 can't be held against a limit, and must not pass.
  return Number.isNaN(seen) || (gate.side === '<' ? seen < gate.limit : seen > gate.limit);
}

function badness(gate: Gate, value: ComparedValue): number {
  const seen = seenValue(gate, value);
  return Number.isNaN(seen) ? Infinity : gate.side === '<' ? -seen : seen;
}

function seenValue(gate: Gate, { ratio, candidate }: ComparedValue): number {
  if (gate.of === 'value') return candidate.value;
  return ratio === null ? NaN : 100 * (ratio - 1);
}

function seenText(gate: Gate, value: ComparedValue): string {
  if (gate.of === 'value') return `${formatSignificant(value.candidate.value)} ${value.unit}`;
  if (value.ratio === null) return 'without a ratio (a value is 0)';
  const { interval } = value;
  const range =
    interval === null ? 'no interval' : `95 % interval ${percent(interval.low)} to ${percent(interval.high)}`;
  return `${percent(value.ratio)} (${range})`;
}

function limitText(gate: Gate, unit: string): string {
  return gate.of === 'change' ? `${gate.limit} %` : `${formatSignificant(gate.limit)} ${unit}`;
}

function percent(ratio: number): string {
  const change = 100 * (ratio - 1);
  return `${change > 0 ? '+' : ''}${change.toFixed(1)} %`;
}

function known(): string {
  return `the metrics are ${metrics.map(({ id }) => id).join(', ')}`;
}
