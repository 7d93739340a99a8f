import type { Distribution } from '../../contract/report-details.ts';
import { sortedQuantile } from '../../stats/quantile.ts';
import { latency } from '../definition/latency.ts';
import { tpotNs } from '../definition/tpot.ts';
import { ttft } from '../definition/ttft.ts';
import { isMissing } from '../missing.ts';
import type { Missing } from '../missing.ts';
import type { RequestFacts } from '../request-facts.ts';
import type { CellTally } from '../run-tally.ts';
import { significant } from './significant.ts';

const mostSteps = 200;

const times: readonly { metric: Distribution['metric']; ns: (request: RequestFacts) => number | Missing }[] = [
  { metric: 'ttft', ns: (request) => ttft.time(request) },
  { metric: 'tpot', ns: tpotNs },
  { metric: 'latency', ns: (request) => latency.time(request) },
];

/** Quantiles of the times of each load cell's measured requests, and of the gaps between their tokens. */
export function distributions(cells: readonly CellTally[]): Distribution[] {
  return cells.filter(({ cell }) => cell.kind === 'load').flatMap(ofCell);
}

function ofCell({ cell, counted, gapsNs }: CellTally): Distribution[] {
  const found: Distribution[] = times.flatMap(({ metric, ns }) => {
    const sorted = Float64Array.from(counted, (request) => knownOrNaN(ns(request)))
      .filter((one) => !Number.isNaN(one))
      .toSorted();
    if (sorted.length < 2) return [];
    const at = probabilities(sorted.length).map((probability) => sortedQuantile(sorted, probability));
    return [distribution(cell.id, metric, { n: sorted.length, ns: at })];
  });
  if (gapsNs === null || gapsNs.count < 2) return found;
  const gaps = gapsNs.quantiles(probabilities(gapsNs.count));
  return [...found, distribution(cell.id, 'itl', { n: gapsNs.count, ns: gaps })];
}

function knownOrNaN(value: number | Missing): number {
  return isMissing(value) ? NaN : value;
}

// A small sample has each of its values.
function probabilities(n: number): number[] {
  const steps = Math.min(n - 1, mostSteps);
  return Array.from({ length: steps + 1 }, (_, step) => step / steps);
}

function distribution(
  cell: string,
  metric: Distribution['metric'],
  { n, ns }: { n: number; ns: readonly number[] },
): Distribution {
  return { cell, metric, unit: 'ms', n, quantiles: ns.map((value) => significant(value / 1e6)) };
}
