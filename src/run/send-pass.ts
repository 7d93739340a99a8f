import type { RunClock } from '../base/clock.ts';
import type { LiveCounters } from '../base/live-counters.ts';
import type { Engine } from '../contract/engine.ts';
import type { ArrivalPlan } from '../contract/plan.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { RequestSource } from '../contract/workload.ts';
import { arrivals } from '../traffic/arrival/arrivals.ts';
import { runClosedLoop } from '../traffic/loop/closed-loop.ts';
import { rampMs } from '../traffic/loop/ramp.ts';
import { type OpenLoopInput, runOpenLoop } from '../traffic/loop/open-loop.ts';
import { everyNth, type Share, takePlaces } from '../traffic/share.ts';
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
  /** On the run clock: when an open loop starts. */
  readonly startNs: number;
}

/** Sends the requests of a pass by the loop that its cell asks for; resolves when all have ended. */
export function sendPass(sender: PassSender, pass: Pass, onRecord: (record: RequestRecord) => void): Promise<void> {
  const { engine, source, clock, counters, signal, thread } = sender;
  const countSource = engine.facts().url === null ? ('engine' as const) : ('server-usage' as const);
  const loop = { engine, clock, source, counters, signal, countSource, onRecord };
  const { arrival } = pass.cell;
  if (arrival !== null) return sendByClock(loop, { pass, arrival, seed: sender.seed, thread });
  const dealt = thread === undefined ? {} : { share: thread.share };
  const places = thread === undefined ? upTo(pass.requests) : takePlaces(thread.ticket, pass.requests);
  const parallel = pass.cell.parallel ?? 1;
  const ramp = rampMs({ parallel, requests: pass.requests, latencyMs: pass.latencyMs });
  return runClosedLoop({ ...loop, ...dealt, points: itemsOf(pass, places, thread?.shard), parallel, rampMs: ramp });
}

type Loop = Omit<OpenLoopInput, 'points' | 'dueNs'>;

/** What an open loop sends, and when. */
interface ClockedPass {
  readonly pass: Pass;
  readonly arrival: ArrivalPlan;
  readonly seed: number;
  readonly thread: SendingThread | undefined;
}

// Times are known before, so that threads need not ask each other for the next place.
function sendByClock(loop: Loop, { pass, arrival, seed, thread }: ClockedPass): Promise<void> {
  const dueNs = dueTimes(arrival, pass, seed);
  const places = upTo(pass.requests);
  if (thread === undefined) return runOpenLoop({ ...loop, points: itemsOf(pass, places), dueNs });
  const { share, shard, startNs } = thread;
  const points = itemsOf(pass, everyNth(places, share), shard);
  return runOpenLoop({ ...loop, points, dueNs: everyNth(dueNs, share), startNs });
}

/**
 * When the requests of an open loop are due, in ns after the start of their pass: the nth is a function of seed, cell, phase,
 * execution, repetition and n alone, whoever sends it.
 */
export function dueTimes(
  arrival: ArrivalPlan,
  pass: Pick<Pass, 'cell' | 'phase' | 'execution' | 'repetition'>,
  seed: number,
): Iterator<number, never> & Iterable<number> {
  const { cell, phase, execution, repetition } = pass;
  return arrivals({ ...arrival, seed: `arrivals ${seed} ${cell.id} ${phase} ${execution} ${repetition}` });
}

function* itemsOf(pass: Pass, places: Iterable<number>, shard = 0): Generator<WorkItem, void> {
  const { cell, phase, execution, repetition } = pass;
  const { promptTokens, outputTokens } = cell;
  for (const place of places) {
    const point = { index: pass.firstRequest + place, promptTokens, outputTokens };
    yield { point, cell: cell.id, execution, repetition, phase, shard };
  }
}

function* upTo(count: number): Generator<number, void> {
  for (let place = 0; place < count; place++) yield place;
}
