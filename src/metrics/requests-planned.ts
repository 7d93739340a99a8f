import type { CellPlan, TrafficPlan } from '../contract/plan.ts';

/**
 * How many measured requests the plan has for a cell: those of its repetitions in all executions, or its share of the
 * requests dealt in turn. Where results decide on repetitions, that is the most.
 */
export function requestsPlanned(cells: readonly CellPlan[], cell: CellPlan, traffic: TrafficPlan): number {
  if (traffic.requests === null) return cell.requests * (traffic.repetitions ?? 1) * traffic.executions;
  const place = cells.findIndex((one) => one.id === cell.id);
  return Math.max(0, Math.ceil((traffic.requests - place) / cells.length));
}
