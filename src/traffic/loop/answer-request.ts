import type { RunClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { onAbort } from '../../base/on-abort.ts';
import type { LiveCounters } from '../../base/live-counters.ts';
import type { Engine } from '../../contract/engine.ts';
import type { RequestRecord } from '../../contract/record.ts';
import type { Outcome, RequestSpec } from '../../contract/request.ts';
import type { RequestSource } from '../../contract/workload.ts';
import { RecordBuilder, type UsageSource } from '../record-builder.ts';
import type { WorkItem } from '../work-item.ts';

/** What every loop sends with. */
export interface Sender {
  readonly engine: Engine;
  readonly clock: RunClock;
  readonly source: RequestSource;
  /** `due`, `sent`, `done` (failed ones too), `failed` and tokens are counted here as they happen. */
  readonly counters: LiveCounters;
  /** Aborting ends requests in flight as cancelled; they are recorded. */
  readonly signal: AbortSignal;
  readonly countSource: UsageSource;
}

/** An engine that doesn't end a cancelled request within this is recorded without its answer. */
const cancelGraceMs = 5000;

/** A request that can be sent at once. */
export interface PreparedRequest {
  readonly item: WorkItem;
  readonly request: RequestSpec;
  readonly builder: RecordBuilder;
  /** What `prepare` threw: the outcome of this request. */
  readonly failure: Outcome | null;
}

/** Builds all of a request that can be built before it is due. */
export function prepareRequest(sender: Sender, item: WorkItem): PreparedRequest {
  const request = sender.source.at(item.point);
  const builder = new RecordBuilder(item.point.outputTokens, sender.counters);
  try {
    sender.engine.prepare?.(request);
    return { item, request, builder, failure: null };
  } catch (error) {
    return { item, request, builder, failure: failed('engine', messageOf(error)) };
  }
}

/** Sends a request that is due now, or was at `dueNs`; resolves with its record. Never rejects: a failure is an outcome. */
export function answerRequest(
  sender: Sender,
  prepared: PreparedRequest,
  dueNs: number = sender.clock.nowNs(),
): Promise<RequestRecord> {
  const { clock, counters, countSource } = sender;
  const { item, builder, failure } = prepared;
  counters.add('due');
  const answered = failure === null ? send(sender, prepared) : Promise.resolve(failure);
  // No async function: its frame would live as long as the request, and be moved in the heap.
  return answered.then((outcome) => {
    const record = builder.build({ item, dueNs, nowNs: clock.nowNs(), outcome, countSource });
    counters.add('done');
    if (outcome.status === 'failed') counters.add('failed');
    return record;
  });
}

/** Never rejects. An engine that goes on after a cancellation is not waited for. */
function send({ engine, signal }: Sender, { request, builder }: PreparedRequest): Promise<Outcome> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const forget = onAbort(signal, () => {
      const message = `cancelled, and the engine went on for more than ${cancelGraceMs / 1000} s`;
      timer = setTimeout(() => resolve(failed('cancelled', message)), cancelGraceMs);
    });
    const end = (outcome: Outcome): void => {
      forget();
      clearTimeout(timer);
      resolve(outcome);
    };
    const fail = (error: unknown): void => end(failed(signal.aborted ? 'cancelled' : 'engine', messageOf(error)));
    try {
      engine.send(request, builder, signal).then(end, fail);
    } catch (error) {
      fail(error);
    }
  });
}

function failed(failure: 'engine' | 'cancelled', message: string): Outcome {
  return { status: 'failed', failure, message, httpStatus: null, finishReason: null, lengthRule: 'none' };
}
