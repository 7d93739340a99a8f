import type { RunObserver } from '../contract/engine.ts';
import type { CellPlan, RunPlan } from '../contract/plan.ts';
import { stopText, warmupText } from '../metrics/protocol-text.ts';
import type { ProtocolLog } from './protocol-log.ts';

/** Tells a person of decisions that the plan left open. */
export function tellDecisions(
  { traffic }: RunPlan,
  observer: RunObserver,
): NonNullable<ConstructorParameters<typeof ProtocolLog>[0]> {
  return {
    onWarmup: (cell, end) => {
      if (end.steady === false) observer.note(`${nameOf(cell)}: ${warmupText(end)}`);
    },
    onStop: (cell, stop) => {
      if (traffic.precision === null && traffic.timeBudgetMs === null) return;
      observer.note(`${nameOf(cell)}: ${stopText(stop, traffic)}`);
    },
  };
}

function nameOf({ kind, promptTokens, parallel, arrival }: CellPlan): string {
  if (arrival !== null) return `${arrival.requestsPerSecond} requests/s`;
  return kind === 'load' || promptTokens === null ? `${parallel} in flight` : `prompt ${promptTokens}`;
}
