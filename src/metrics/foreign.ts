import type { ForeignCell, ForeignResult, ForeignValue } from '../contract/foreign.ts';
import type { Summary, SummaryRow, SummaryValue } from '../contract/summary.ts';
import { rateInterval, spreadOf, timeInterval } from './aggregate.ts';
import { metrics } from './definition/list.ts';
import { summaryFields } from './summary-fields.ts';

/**
 * The Summary of another benchmark's results: labels and units are ours, definitions are the tool's where they differ. Several
 * results are several starts, of equal settings; cells are those of the first that the others have too. Nothing is made up:
 * what a file does not tell is unknown.
 */
export function summarizeForeign(results: readonly [ForeignResult, ...ForeignResult[]], place: string): Summary {
  const [first] = results;
  const { engine } = first;
  const starts = results.length === 1 ? '1 file' : `${results.length} files, a start each`;
  return {
    v: 1,
    tokometer: 'unknown',
    model: first.model ?? 'unknown',
    name: null,
    startedAt: first.startedAt ?? 'unknown',
    directory: place,
    state: 'complete',
    engine: {
      ...engine,
      gpuCount: null,
      pid: null,
      maxLength: null,
      cache: 'unknown',
      memory: [],
      notes: [`read from ${starts} of ${first.tool}`, ...new Set(results.flatMap(({ notes }) => notes))],
    },
    machine: 'unknown',
    workload: { dataset: 'unknown', method: 'unknown', scale: null, seed: 0, nonce: null },
    calibration: null,
    repeats: null,
    slo: [],
    starts: [],
    rows: first.cells.flatMap((cell) => rowOf(cell, results) ?? []),
    estimate: null,
    advice: [],
    warnings: [],
    fields: summaryFields,
  };
}

function rowOf(cell: ForeignCell, results: readonly ForeignResult[]): SummaryRow | null {
  const starts = results.flatMap(({ cells }) => cells.find((one) => isSame(one, cell)) ?? []);
  if (starts.length < results.length) return null;
  const values = cell.values.flatMap((value) => {
    const found = starts.flatMap((start) => start.values.find(({ metric }) => metric === value.metric) ?? []);
    return found.length < starts.length ? [] : (valueOf(value, found) ?? []);
  });
  const measured = Math.max(0, ...values.map(({ n }) => n));
  const failed = starts.reduce((sum, start) => sum + start.failed, 0);
  return {
    cell: cell.name,
    kind: cell.kind,
    promptTokens: cell.promptTokens,
    outputTokens: cell.outputTokens,
    parallel: cell.parallel,
    arrival: cell.arrival,
    values: Object.fromEntries(values.map((value) => [value.id, value])),
    valid: values.length > 0,
    reasons: values.length > 0 ? [] : ['the file has no value of it'],
    cache: 'unknown',
    published: [],
    marks: [],
    noise: [],
    serverTruth: null,
    warmups: [],
    stopped: null,
    outliers: [],
    bound: null,
    trend: null,
    counts: { measured, failed, warmup: 0, planned: measured + failed, executions: results.length },
    requests: [],
  };
}

function valueOf(first: ForeignValue, starts: readonly ForeignValue[]): SummaryValue | null {
  const metric = metrics.find(({ id }) => id === first.metric);
  if (metric === undefined) return null;
  const { id, label, unit, better, formula } = metric;
  const samples = starts.flatMap((start, place) => {
    const told = start.samples.length > 0 ? start.samples : [start.value];
    return told.map((value) => ({ value, execution: place + 1 }));
  });
  const raw = samples.map(({ value }) => value);
  const executions = samples.map(({ execution }) => execution);
  const isRate = unit.endsWith('/s');
  const times = raw.map((value) => ({ amount: 1, time: 1 / value }));
  return {
    id,
    label,
    unit,
    better,
    formula: first.definition ?? formula,
    value: starts.length === 1 ? first.value : meanOf(raw, isRate),
    reason: null,
    n: starts.reduce((sum, { n }) => sum + n, 0),
    method: starts.length === 1 ? first.method : `${first.method}; mean over starts`,
    interval: isRate ? rateInterval(times, executions) : timeInterval(raw, executions),
    spread: spreadOf(raw),
    percentiles:
      starts.length > 1
        ? []
        : first.percentiles.map((one) => ({
            ...one,
            reason: null,
            interval: null,
            intervalReason: 'the file tells no sample',
          })),
    raw,
    executions,
  };
}

// Rates are averaged over times, as everywhere.
function meanOf(raw: readonly number[], isRate: boolean): number {
  const sum = raw.reduce((total, value) => total + (isRate ? 1 / value : value), 0);
  return isRate ? raw.length / sum : sum / raw.length;
}

function isSame(one: ForeignCell, other: ForeignCell): boolean {
  return one.name === other.name && one.kind === other.kind && one.parallel === other.parallel;
}
