// WHEN and WHO sends: requests in, records out. A closed loop keeps a fixed number of requests in flight; the next one of a
// worker is due when its predecessor has ended. It must not know how prompts are made, which kind of engine answers, or what
// is computed from records.
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { LiveCounters } from '../../base/live-counters.ts';
import type { Engine } from '../../contract/engine.ts';
import type { RequestRecord } from '../../contract/record.ts';
import type { Outcome, RequestSpec } from '../../contract/request.ts';
import type { RequestSource } from '../../contract/workload.ts';
import { RecordBuilder, type UsageSource } from '../record-builder.ts';
import type { WorkItem } from '../work-item.ts';

export interface ClosedLoopInput {
  readonly engine: Engine;
  readonly clock: RunClock;
  readonly points: Iterable<WorkItem>;
  readonly source: RequestSource;
  /** Requests in flight at once. */
  readonly parallel: number;
  /** `due`, `sent`, `done` (failed ones too), `failed` and tokens are counted here as they happen. */
  readonly counters: LiveCounters;
  /** Aborting starts nothing more; requests in flight end as cancelled, and are recorded. */
  readonly signal: AbortSignal;
  readonly countSource: UsageSource;
  /** Called once a request, in order of completion, between its end and the worker's next request. */
  onRecord(record: RequestRecord): void;
}

// Streams that start at once move in step, and their tokens queue behind each other in the client.
const staggerMs = 5;
const longestStaggerMs = 1000;
/** An engine that doesn't end a cancelled request within this is recorded without its answer. */
const cancelGraceMs = 5000;

/**
 * Sends every work item once, and resolves when all have ended. A failed request, a throwing engine among them, is a
 * record; only a throwing `onRecord` or source ends the loop, after the requests in flight are cancelled.
 */
export async function runClosedLoop(input: ClosedLoopInput): Promise<void> {
  const stop = new AbortController();
  // Each request in flight listens, and the engine for it.
  setMaxListeners(0, stop.signal);
  const onAbort = (): void => stop.abort(input.signal.reason);
  if (input.signal.aborted) onAbort();
  input.signal.addEventListener('abort', onAbort, { once: true });
  const loop: Loop = { ...input, signal: stop.signal, items: input.points[Symbol.iterator]() };
  const failures: unknown[] = [];
  const runWorker = async (first: PreparedRequest, place: number): Promise<void> => {
    try {
      await work(loop, first, place);
    } catch (error) {
      failures.push(error);
      stop.abort(error);
    }
  };
  try {
    // All first requests are built before one is due: building one would delay the stamps of those in flight.
    const first: PreparedRequest[] = [];
    for (let next = prepareNext(loop); next !== null; next = first.length < input.parallel ? prepareNext(loop) : null) {
      first.push(next);
    }
    await Promise.all(first.map(runWorker));
  } finally {
    input.signal.removeEventListener('abort', onAbort);
  }
  if (failures.length > 0) throw failures[0];
}

interface Loop extends ClosedLoopInput {
  readonly items: Iterator<WorkItem>;
}

interface PreparedRequest {
  readonly item: WorkItem;
  readonly request: RequestSpec;
  readonly builder: RecordBuilder;
  /** What `prepare` threw: the outcome of this request. */
  readonly failure: Outcome | null;
}

async function work(loop: Loop, first: PreparedRequest, place: number): Promise<void> {
  if (place > 0) await stagger(loop, place);
  for (let next: PreparedRequest | null = first; next !== null; next = prepareNext(loop)) {
    if (loop.signal.aborted) return;
    loop.onRecord(await answer(loop, next));
  }
}

async function stagger({ parallel, signal }: Loop, place: number): Promise<void> {
  const gapMs = Math.min(staggerMs, longestStaggerMs / parallel);
  // Aborted: the loop looks at the signal itself.
  await pause(place * gapMs, undefined, { signal }).catch(() => null);
}

function prepareNext(loop: Loop): PreparedRequest | null {
  if (loop.signal.aborted) return null;
  const next = loop.items.next();
  if (next.done === true) return null;
  const item = next.value;
  const request = loop.source.at(item.point);
  const builder = new RecordBuilder(item.point.outputTokens, loop.counters);
  try {
    loop.engine.prepare?.(request);
    return { item, request, builder, failure: null };
  } catch (error) {
    return { item, request, builder, failure: failed('engine', messageOf(error)) };
  }
}

async function answer(loop: Loop, { item, request, builder, failure }: PreparedRequest): Promise<RequestRecord> {
  const dueNs = loop.clock.nowNs();
  loop.counters.add('due');
  const outcome = failure ?? (await untilCancelled(send(loop, request, builder), loop.signal));
  const record = builder.build({ item, dueNs, nowNs: loop.clock.nowNs(), outcome, countSource: loop.countSource });
  loop.counters.add('done');
  if (outcome.status === 'failed') loop.counters.add('failed');
  return record;
}

async function send({ engine, signal }: Loop, request: RequestSpec, builder: RecordBuilder): Promise<Outcome> {
  try {
    return await engine.send(request, builder, signal);
  } catch (error) {
    return failed(signal.aborted ? 'cancelled' : 'engine', messageOf(error));
  }
}

async function untilCancelled(answered: Promise<Outcome>, signal: AbortSignal): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const abandoned = new Promise<Outcome>((resolve) => {
    onAbort = () => {
      const message = `cancelled, and the engine went on for more than ${cancelGraceMs / 1000} s`;
      timer = setTimeout(() => resolve(failed('cancelled', message)), cancelGraceMs);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  const outcome = await Promise.race([answered, abandoned]);
  if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  clearTimeout(timer);
  return outcome;
}

function failed(failure: 'engine' | 'cancelled', message: string): Outcome {
  return { status: 'failed', failure, message, httpStatus: null, finishReason: null, lengthRule: 'none' };
}
