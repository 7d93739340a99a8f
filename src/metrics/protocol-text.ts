import { formatDuration, formatSignificant } from '../base/units.ts';
import type { TrafficPlan } from '../contract/plan.ts';
import type { StopDecision, WarmupEnd } from '../contract/protocol.ts';

/** How a warm-up ended, as a clause with its evidence. */
export function warmupText(end: WarmupEnd): string {
  const passes = `${end.passes} warm-up ${end.passes === 1 ? 'pass' : 'passes'}`;
  const spread = end.spread === null ? '' : ` (the last 3 differ by ${percent(end.spread)})`;
  switch (end.reason) {
    case 'fixed':
      return `${passes}, as planned; steadiness was not judged`;
    case 'agreement':
      return `steady after ${passes}${spread}`;
    case 'no-trend':
      return `steady after ${passes}: they scatter without a trend${spread}`;
    case 'most-passes':
      return `not steady after ${passes}, the most${spread}`;
    case 'time':
      return `not steady when the time for warming up was over, after ${passes}${spread}`;
    case 'failed':
      return `not steady: the last of ${passes} failed`;
  }
}

/** Why there were no more repetitions, as a clause. */
export function stopText({ reason, halfWidth }: StopDecision, traffic: TrafficPlan): string {
  const unit = traffic.executions > 1 ? 'executions' : 'repetitions';
  const width = halfWidth === null ? 'no interval yet' : `± ${percent(halfWidth)}`;
  switch (reason) {
    case 'repetitions':
      return 'as many repetitions as planned';
    case 'precision':
      return `stopped by precision: ${width}, ${percent(traffic.precision ?? 0)} was asked for`;
    case 'most':
      return `stopped at the most ${unit}: ${width}${wanted(traffic)}`;
    case 'time-budget':
      return `stopped by the time budget of ${formatDuration(traffic.timeBudgetMs ?? 0)}: ${width}${wanted(traffic)}`;
    case 'failing':
      return 'stopped: the last repetitions all failed';
  }
}

function wanted({ precision }: TrafficPlan): string {
  return precision === null ? '' : `, ${percent(precision)} was asked for`;
}

function percent(share: number): string {
  return `${formatSignificant(share * 100, 2)} %`;
}
