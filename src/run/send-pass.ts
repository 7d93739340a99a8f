import type { RunClock } from '../base/clock.ts';
import type { LiveCounters } from '../base/live-counters.ts';
import type { Engine } from '../contract/engine.ts';
import type { ArrivalPlan } from '../contract/plan.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { RequestSource } from '../contract/workload.ts';
import { arrivals } from '../traffic/arrival/arrivals.ts';
import { runClosedLoop } from '../traffic/loop/closed-loop.ts';
import { runOpenLoop } from '../traffic/loop/open-loop.ts';
import type { WorkItem } from '../traffic/work-item.ts';
import type { Pass } from './passes.ts';

/** What the requests of a pass are sent with. */
export interface PassSender {
  readonly engine: Engine;
  readonly source: RequestSource;
  readonly clock: RunClock;
  readonly counters: LiveCounters;
  readonly signal: AbortSignal;
  /** The plan's: arrivals are drawn from it. */
  readonly seed: number;
}

/** Sends the requests of a pass by the loop that its cell asks for; resolves when all have ended. */
export function sendPass(sender: PassSender, pass: Pass, onRecord: (record: RequestRecord) => void): Promise<void> {
  const { engine, source, clock, counters, signal } = sender;
  const countSource = engine.facts().url === null ? ('engine' as const) : ('server-usage' as const);
  const loop = { engine, clock, source, points: itemsOf(pass), counters, signal, countSource, onRecord };
  if (pass.cell.arrival !== null)
    return runOpenLoop({ ...loop, dueNs: dueTimes(pass.cell.arrival, pass, sender.seed) });
  return runClosedLoop({ ...loop, parallel: pass.cell.parallel ?? 1 });
}

/**
 * When the requests of an open loop are due, in ns after the start of their pass: the nth is a function of seed, cell, phase,
 * repetition and n alone, whoever sends it.
 */
export function dueTimes(
  arrival: ArrivalPlan,
  pass: Pick<Pass, 'cell' | 'phase' | 'repetition'>,
  seed: number,
): Iterator<number, never> & Iterable<number> {
  return arrivals({ ...arrival, seed: `arrivals ${seed} ${pass.cell.id} ${pass.phase} ${pass.repetition}` });
}

function* itemsOf(pass: Pass): Generator<WorkItem, void> {
  const { cell, phase, repetition } = pass;
  const { promptTokens, outputTokens } = cell;
  for (let place = 0; place < pass.requests; place++) {
    const point = { index: pass.firstRequest + place, promptTokens, outputTokens };
    yield { point, cell: cell.id, execution: 1, repetition, phase };
  }
}
