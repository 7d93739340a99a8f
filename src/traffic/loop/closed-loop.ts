// WHEN and WHO sends: requests in, records out. A closed loop keeps a fixed number of requests in flight; the next one of a
// worker is due when its predecessor has ended. It must not know how prompts are made, which kind of engine answers, or what
// is computed from records.
import { setMaxListeners } from 'node:events';
import { onAbort } from '../../base/on-abort.ts';
import type { RequestRecord } from '../../contract/record.ts';
import { type Share, shareOf, undivided } from '../share.ts';
import type { WorkItem } from '../work-item.ts';
import { answerRequest, prepareRequest, type PreparedRequest, type Sender } from './answer-request.ts';

export interface ClosedLoopInput extends Sender {
  readonly points: Iterable<WorkItem>;
  /** Requests in flight at once, of all threads together. Aborting the signal starts nothing more. */
  readonly parallel: number;
  /** Over how long the first requests start, of all threads together. */
  readonly rampMs: number;
  /** This thread's part of a loop that several run; left out: it runs alone. Points are then dealt by who makes them. */
  readonly share?: Share;
  /** Called once a request, in order of completion, between its end and the worker's next request. */
  onRecord(record: RequestRecord): void;
}

/**
 * Sends every work item once, and resolves when all have ended. A failed request, a throwing engine among them, is a
 * record; only a throwing `onRecord` or source ends the loop, after the requests in flight are cancelled.
 */
export async function runClosedLoop(input: ClosedLoopInput): Promise<void> {
  const stop = new AbortController();
  // An engine may listen for each request in flight.
  setMaxListeners(0, stop.signal);
  if (input.signal.aborted) stop.abort(input.signal.reason);
  const forget = onAbort(input.signal, () => stop.abort(input.signal.reason));
  const loop: Loop = {
    ...input,
    signal: stop.signal,
    items: input.points[Symbol.iterator](),
    share: input.share ?? undivided,
  };
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
    const ownParallel = shareOf(input.parallel, loop.share);
    const first: PreparedRequest[] = [];
    while (first.length < ownParallel) {
      const next = prepareNext(loop);
      if (next === null) break;
      first.push(next);
    }
    await Promise.all(first.map(runWorker));
  } finally {
    forget();
  }
  if (failures.length > 0) throw failures[0];
}

interface Loop extends ClosedLoopInput {
  readonly items: Iterator<WorkItem>;
  readonly share: Share;
}

async function work(loop: Loop, first: PreparedRequest, place: number): Promise<void> {
  // Threads take turns, so that together they ramp up as one.
  const turn = place * loop.share.of + loop.share.index;
  if (turn > 0) await stagger(loop, turn);
  for (let next: PreparedRequest | null = first; next !== null; next = prepareNext(loop)) {
    if (loop.signal.aborted) return;
    loop.onRecord(await answerRequest(loop, next));
  }
}

/** Until its turn, or the end of the loop: the loop looks at the signal itself. */
async function stagger({ parallel, rampMs, signal }: Loop, turn: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const go = (): void => {
      clearTimeout(timer);
      forget();
      resolve();
    };
    const timer = setTimeout(go, (turn / parallel) * rampMs);
    const forget = onAbort(signal, go);
  });
}

function prepareNext(loop: Loop): PreparedRequest | null {
  if (loop.signal.aborted) return null;
  const next = loop.items.next();
  return next.done === true ? null : prepareRequest(loop, next.value);
}
