import { setTimeout as pause } from 'node:timers/promises';
import { startRunClock } from '../../../../src/base/clock.ts';
import { LiveCounters } from '../../../../src/base/live-counters.ts';
import type { Engine } from '../../../../src/contract/engine.ts';
import type { RequestRecord } from '../../../../src/contract/record.ts';
import type { Outcome, RequestSpec } from '../../../../src/contract/request.ts';
import type { RequestSource } from '../../../../src/contract/workload.ts';
import { runClosedLoop, type ClosedLoopInput } from '../../../../src/traffic/loop/closed-loop.ts';
import { usualRampMs } from '../../../../src/traffic/loop/ramp.ts';
import type { WorkItem } from '../../../../src/traffic/work-item.ts';

export const clock = startRunClock();

export const ok: Outcome = {
  status: 'ok',
  failure: null,
  message: null,
  httpStatus: null,
  finishReason: 'length',
  lengthRule: 'engine',
};
const cancelled: Outcome = { ...ok, status: 'failed', failure: 'cancelled', message: 'cancelled' };

export const source: RequestSource = {
  at: (point) => ({
    ...point,
    prompt: { kind: 'ids', ids: Uint32Array.of(point.index) },
    minOutputTokens: null,
    temperature: null,
    extraArguments: {},
  }),
};

/** Work items of 8 prompt tokens and 3 generated; the first is a warm-up. */
export function items(count: number): WorkItem[] {
  return Array.from({ length: count }, (_, index) => ({
    point: { index, promptTokens: 8, outputTokens: 3 },
    cell: 'c',
    execution: 1,
    repetition: index,
    phase: index === 0 ? 'warmup' : 'measured',
    shard: 0,
  }));
}

/** An engine that answers with a token every `tokenMs`, and keeps what happened to it, in order. */
export class ScriptedEngine implements Engine {
  readonly events: string[] = [];
  inFlight = 0;
  mostInFlight = 0;
  readonly #tokenMs: (index: number) => number;

  constructor(tokenMs: number | ((index: number) => number) = 1) {
    this.#tokenMs = typeof tokenMs === 'number' ? () => tokenMs : tokenMs;
  }

  facts(): never {
    throw new Error('traffic needs no facts');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  prepare(request: RequestSpec): void {
    this.events.push(`prepare ${request.index}`);
  }

  async send(...[request, sink, signal]: Parameters<Engine['send']>): Promise<Outcome> {
    this.events.push(`send ${request.index}`);
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    try {
      sink.sent(clock.nowNs(), null);
      for (let token = 0; token < request.outputTokens; token++) {
        await pause(this.#tokenMs(request.index), undefined, { signal });
        sink.chunk(clock.nowNs(), 1, 'answer');
      }
      sink.usage({ promptTokens: request.promptTokens, cachedTokens: 0, outputTokens: request.outputTokens });
      return ok;
    } catch {
      return cancelled;
    } finally {
      sink.ended(clock.nowNs());
      this.inFlight--;
    }
  }
}

interface Run {
  records: RequestRecord[];
  counters: LiveCounters;
}

/** Runs five items one at a time, unless changed. */
export async function runLoop(engine: Engine, change: Partial<ClosedLoopInput> = {}): Promise<Run> {
  const records: RequestRecord[] = [];
  const counters = new LiveCounters();
  await runClosedLoop({
    engine,
    clock,
    points: items(5),
    source,
    parallel: 1,
    rampMs: usualRampMs(change.parallel ?? 1),
    counters,
    signal: new AbortController().signal,
    countSource: 'engine',
    onRecord: (record) => records.push(record),
    ...change,
  });
  return { records, counters };
}
