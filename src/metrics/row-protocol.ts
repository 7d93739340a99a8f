import { formatSignificant } from '../base/units.ts';
import type { CellPlan, TrafficPlan } from '../contract/plan.ts';
import type { ProtocolFacts } from '../contract/protocol.ts';
import type { Outlier, RowMark, SummaryRow } from '../contract/summary.ts';
import { fallingTrend } from '../stats/falling-trend.ts';
import { outliers } from '../stats/outliers.ts';
import { median } from '../stats/quantile.ts';
import { latency } from './definition/latency.ts';
import { outputThroughput } from './definition/output-throughput.ts';
import { isMissing } from './missing.ts';
import type { PassTotals } from './passes.ts';
import { stopText, warmupText } from './protocol-text.ts';
import type { RequestFacts } from './request-facts.ts';

/** What the protocol adds to a row. */
export type RowProtocol = Pick<SummaryRow, 'warmups' | 'stopped' | 'outliers' | 'trend'> & {
  readonly marks: readonly RowMark[];
  /** Measured requests that the row should have. */
  readonly planned: number;
};

/** How the row came to its repetitions, and which of them lie far off. */
export function rowProtocol(
  row: {
    readonly cell: CellPlan;
    readonly traffic: TrafficPlan;
    readonly protocol: ProtocolFacts | null;
    readonly planned: number;
  },
  found: {
    readonly requests: readonly RequestFacts[];
    readonly passes: readonly PassTotals[];
    readonly measured: number;
  },
): RowProtocol {
  const { cell, traffic, protocol } = row;
  const stop = protocol?.stops.find((one) => one.cell === cell.id) ?? null;
  const warmups = (protocol?.warmups ?? [])
    .filter((one) => one.cell === cell.id)
    .map(({ cell: _cell, ...end }) => ({ ...end, text: warmupText(end) }));
  const far = cell.kind === 'speed' ? farRequests(found.requests) : farPasses(found.passes);
  const wasJudged = warmups.length > 0 && warmups.every(({ steady }) => steady !== null);
  const trend = wasJudged
    ? null
    : trendText(cell.kind === 'speed' ? requestTimes(found.requests) : passTimes(found.passes));
  const isOpen = traffic.precision !== null || traffic.timeBudgetMs !== null;
  return {
    warmups,
    stopped: stop === null ? null : { reason: stop.reason, halfWidth: stop.halfWidth, text: stopText(stop, traffic) },
    outliers: far,
    trend,
    marks: [
      ...(trend !== null || warmups.some(({ steady }) => steady === false) ? (['unsteady'] as const) : []),
      ...(far.length > 0 ? (['outlier'] as const) : []),
    ],
    // Where results decide, a row that was decided on has what it should have; before, at least one more.
    planned: !isOpen ? row.planned : stop === null ? found.measured + cell.requests : found.measured,
  };
}

interface TokenTime {
  readonly execution: number;
  /** For one generated token. */
  readonly ms: number;
}

// Each start warms up by itself.
function trendText(times: readonly TokenTime[]): string | null {
  for (const execution of new Set(times.map((one) => one.execution))) {
    const ofStart = times.filter((one) => one.execution === execution).map(({ ms }) => ms);
    const share = fallingTrend(ofStart);
    if (share === null) continue;
    return (
      `repetitions became faster one after the other, by ${formatSignificant(share * 100, 2)} % from the first of ` +
      `${ofStart.length} to the last: it may not have been warm (--warmup-num auto)`
    );
  }
  return null;
}

function requestTimes(requests: readonly RequestFacts[]): TokenTime[] {
  return requests.flatMap((request) => {
    const ns = latency.time(request);
    const tokens = request.outputTokens ?? 0;
    return isMissing(ns) || tokens < 1 ? [] : [{ execution: request.execution, ms: ns / 1e6 / tokens }];
  });
}

function passTimes(passes: readonly PassTotals[]): TokenTime[] {
  return passes.flatMap(({ execution, ns, outputTokens }) =>
    isMissing(outputTokens) || outputTokens < 1 ? [] : [{ execution, ms: ns / 1e6 / outputTokens }],
  );
}

function farRequests(requests: readonly RequestFacts[]): Outlier[] {
  const timed = requests.flatMap((request) => {
    const ns = latency.time(request);
    return isMissing(ns) ? [] : [{ ...placeOf(request), value: ns / 1e6 }];
  });
  return farOf(timed, latency.id);
}

function farPasses(passes: readonly PassTotals[]): Outlier[] {
  const rates = passes.flatMap((pass) =>
    isMissing(pass.outputTokens) || pass.ns <= 0
      ? []
      : [{ ...placeOf(pass), value: pass.outputTokens / (pass.ns / 1e9) }],
  );
  return farOf(rates, outputThroughput.id);
}

function placeOf({ execution, repetition }: { execution: number; repetition: number }): {
  execution: number;
  repetition: number;
} {
  return { execution, repetition };
}

function farOf(values: readonly Omit<Outlier, 'metric' | 'median'>[], metric: string): Outlier[] {
  const sample = values.map(({ value }) => value);
  return outliers(sample).flatMap((place) => {
    const one = values[place];
    return one === undefined ? [] : [{ ...one, metric, median: median(sample) }];
  });
}
