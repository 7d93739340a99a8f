import { TokometerError } from '../../base/errors.ts';
import type { Summary, SummaryRow, SummaryValue } from '../../contract/summary.ts';
import { differencesOf } from './fingerprint.ts';
import { matchCells } from './match-cells.ts';

/**
 * Several runs of one thing as one side of a comparison: each run has starts of its own, and values are over all of them, rates as all
 * work by all time. Requests, intervals and percentiles of single runs are left out. Throws E_USAGE when runs are known to differ in what
 * decides the speed.
 */
export function poolRuns(runs: readonly [Summary, ...Summary[]]): Summary {
  const [first, ...others] = runs;
  if (others.length === 0) return first;
  for (const other of others) refuseDifferent(first, other);
  let starts = 0;
  const numbered = runs.map((run) => {
    const before = starts;
    starts += startsOf(run);
    return { run, before };
  });
  const rows = first.rows.map((row) => {
    const parts = numbered.flatMap(({ run, before }) => {
      const { matched } = matchCells([row], run.rows);
      return matched.map(({ candidate }) => ({ row: candidate, before }));
    });
    return pooledRow(row, parts);
  });
  return { ...first, directory: runs.map(({ directory }) => directory).join(', '), rows };
}

interface Part {
  readonly row: SummaryRow;
  /** Starts of the runs before this one. */
  readonly before: number;
}

function refuseDifferent(one: Summary, other: Summary): void {
  const [difference] = differencesOf(one, other, []).filter(({ blocks }) => blocks);
  if (difference === undefined) return;
  const { field, base, candidate } = difference;
  throw new TokometerError(
    'E_USAGE',
    `${one.directory} and ${other.directory} are no runs of one thing: ${field} ${base}, ${candidate}`,
    { hint: 'runs of one side repeat each other; what differs goes to the other side' },
  );
}

function startsOf({ rows }: Summary): number {
  return Math.max(1, ...rows.flatMap(({ values }) => Object.values(values).flatMap(({ executions }) => executions)));
}

function pooledRow(first: SummaryRow, parts: readonly Part[]): SummaryRow {
  const values = Object.values(first.values).map((value): [string, SummaryValue] => [
    value.id,
    pooledValue(
      value,
      parts.flatMap(({ row, before }) => {
        const one = row.values[value.id];
        return one === undefined ? [] : [{ value: one, before }];
      }),
    ),
  ]);
  return {
    ...first,
    values: Object.fromEntries(values),
    valid: parts.every(({ row }) => row.valid),
    reasons: [...new Set(parts.flatMap(({ row }) => row.reasons))],
    requests: [],
  };
}

function pooledValue(
  first: SummaryValue,
  parts: readonly { readonly value: SummaryValue; readonly before: number }[],
): SummaryValue {
  const told = parts.filter(({ value }) => value.value !== null);
  return {
    ...first,
    value:
      told.length === 0
        ? null
        : pooledMean(
            first.unit,
            told.map(({ value }) => value),
          ),
    n: told.reduce((sum, { value }) => sum + value.n, 0),
    interval: null,
    spread: null,
    percentiles: [],
    raw: told.flatMap(({ value }) => value.raw),
    executions: told.flatMap(({ value, before }) =>
      value.raw.map((_, place) => before + (value.executions[place] ?? 1)),
    ),
  };
}

// Equal work in each pass: the mean of a rate is that of its times. A run weighs as much as it has passes.
function pooledMean(unit: string, values: readonly SummaryValue[]): number {
  const isRate = unit.endsWith('/s');
  let passes = 0;
  let sum = 0;
  for (const { value, n, raw } of values) {
    const weight = Math.max(1, raw.length === 0 ? n : raw.length);
    passes += weight;
    sum += weight * (isRate ? 1 / (value ?? 0) : (value ?? 0));
  }
  return isRate ? passes / sum : sum / passes;
}
