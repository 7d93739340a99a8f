import type { RunClock } from '../base/clock.ts';
import type { LiveCounters } from '../base/live-counters.ts';
import type { Engine } from '../contract/engine.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { RequestSource } from '../contract/workload.ts';
import { runClosedLoop } from '../traffic/loop/closed-loop.ts';
import type { WorkItem } from '../traffic/work-item.ts';
import type { Pass } from './passes.ts';

/** What the requests of a pass are sent with. */
export interface PassSender {
  readonly engine: Engine;
  readonly source: RequestSource;
  readonly clock: RunClock;
  readonly counters: LiveCounters;
  readonly signal: AbortSignal;
}

/** Sends the requests of a pass by the loop that its cell asks for; resolves when all have ended. */
export function sendPass(sender: PassSender, pass: Pass, onRecord: (record: RequestRecord) => void): Promise<void> {
  const { engine, source, clock, counters, signal } = sender;
  return runClosedLoop({
    engine,
    clock,
    source,
    points: itemsOf(pass),
    parallel: pass.cell.parallel,
    counters,
    signal,
    countSource: engine.facts().url === null ? 'engine' : 'server-usage',
    onRecord,
  });
}

function* itemsOf(pass: Pass): Generator<WorkItem, void> {
  const { cell, phase, execution, repetition } = pass;
  const { promptTokens, outputTokens } = cell;
  for (let place = 0; place < pass.requests; place++) {
    const point = { index: pass.firstRequest + place, promptTokens, outputTokens };
    yield { point, cell: cell.id, execution, repetition, phase };
  }
}
