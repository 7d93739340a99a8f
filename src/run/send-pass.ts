import type { RunClock } from '../base/clock.ts';
import type { LiveCounters } from '../base/live-counters.ts';
import type { Engine } from '../contract/engine.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { RequestSource } from '../contract/workload.ts';
import { runClosedLoop } from '../traffic/loop/closed-loop.ts';
import { type Share, takePlaces } from '../traffic/share.ts';
import type { WorkItem } from '../traffic/work-item.ts';
import type { Pass } from './passes.ts';

/** What the requests of a pass are sent with. */
export interface PassSender {
  readonly engine: Engine;
  readonly source: RequestSource;
  readonly clock: RunClock;
  readonly counters: LiveCounters;
  readonly signal: AbortSignal;
  /** Left out: the main thread sends the whole pass. */
  readonly thread?: SendingThread;
}

/** One of the threads that send a pass together. */
export interface SendingThread {
  /** As records name it; from 1. */
  readonly shard: number;
  readonly share: Share;
  /** Where the threads of a closed loop take their next place: one Int32 in shared memory. */
  readonly ticket: SharedArrayBuffer;
}

/** Sends the requests of a pass by the loop that its cell asks for; resolves when all have ended. */
export function sendPass(sender: PassSender, pass: Pass, onRecord: (record: RequestRecord) => void): Promise<void> {
  const { engine, source, clock, counters, signal, thread } = sender;
  return runClosedLoop({
    engine,
    clock,
    source,
    points:
      thread === undefined ? itemsOf(pass) : itemsOf(pass, thread.shard, takePlaces(thread.ticket, pass.requests)),
    parallel: pass.cell.parallel,
    ...(thread === undefined ? {} : { share: thread.share }),
    counters,
    signal,
    countSource: engine.facts().url === null ? 'engine' : 'server-usage',
    onRecord,
  });
}

function* itemsOf(pass: Pass, shard = 0, places: Iterable<number> = upTo(pass.requests)): Generator<WorkItem, void> {
  const { cell, phase, repetition } = pass;
  const { promptTokens, outputTokens } = cell;
  for (const place of places) {
    const point = { index: pass.firstRequest + place, promptTokens, outputTokens };
    yield { point, cell: cell.id, execution: 1, repetition, phase, shard };
  }
}

function* upTo(count: number): Generator<number, void> {
  for (let place = 0; place < count; place++) yield place;
}
