import type { RunClock } from '../base/clock.ts';
import type { LiveCounters } from '../base/live-counters.ts';
import type { Engine, RunObserver } from '../contract/engine.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { RequestSource } from '../contract/workload.ts';
import { runClosedLoop } from '../traffic/loop/closed-loop.ts';
import type { Pass } from './passes.ts';
import type { ServerMemory } from './server-memory.ts';
import { TimeLeft } from './time-left.ts';

export interface MeasureInput {
  readonly engine: Engine;
  readonly source: RequestSource;
  readonly passes: readonly Pass[];
  readonly clock: RunClock;
  readonly counters: LiveCounters;
  readonly observer: RunObserver;
  readonly signal: AbortSignal;
  /** The process of a served API, read after each request; null: not named. */
  readonly serverMemory: ServerMemory | null;
  /** Keeps a record; resolves when it is safe on disk. */
  readonly keep: (record: RequestRecord) => Promise<void>;
}

/** Runs the passes in their order, one at a time. Stops early when the signal aborts; throws only when a record can't be kept. */
export async function measure(input: MeasureInput): Promise<void> {
  const { engine, passes, observer } = input;
  const timeLeft = new TimeLeft(passes);
  for (const pass of passes) {
    if (input.signal.aborted) return;
    observer.pass({
      cell: pass.cell.id,
      promptTokens: pass.cell.promptTokens,
      outputTokens: pass.cell.outputTokens,
      phase: pass.phase,
      repetition: pass.repetition,
      repetitions: pass.repetitions,
      remainingMs: timeLeft.remainingMs(pass.index),
    });
    input.counters.set('requestTokens', 0);
    const hitsBefore = (await engine.cacheHits?.()) ?? null;
    const records = await runPass(input, pass);
    const hitsAfter = (await engine.cacheHits?.()) ?? null;
    const memory = (await input.serverMemory?.read()) ?? null;
    for (const record of records) {
      const proved = { ...withCacheProof(record, hitsBefore, hitsAfter), ...(memory === null ? {} : { memory }) };
      timeLeft.learn(proved);
      await input.keep(proved);
      report(input, pass, proved);
    }
  }
}

async function runPass(input: MeasureInput, pass: Pass): Promise<RequestRecord[]> {
  const records: RequestRecord[] = [];
  await runClosedLoop({
    engine: input.engine,
    clock: input.clock,
    source: input.source,
    points: [
      {
        point: { index: pass.index, promptTokens: pass.cell.promptTokens, outputTokens: pass.cell.outputTokens },
        cell: pass.cell.id,
        execution: 1,
        repetition: pass.repetition,
        phase: pass.phase,
      },
    ],
    parallel: pass.cell.parallel,
    counters: input.counters,
    signal: input.signal,
    countSource: input.engine.facts().url === null ? 'engine' : 'server-usage',
    onRecord: (record) => records.push(record),
  });
  return records;
}

// With one request in flight the rise of the server's hit counter is this request's own, so it stands in for a usage
// that doesn't tell cached tokens.
function withCacheProof(record: RequestRecord, before: number | null, after: number | null): RequestRecord {
  if (record.cachedTokens !== null || before === null || after === null) return record;
  return { ...record, cachedTokens: Math.max(0, after - before) };
}

function report(input: MeasureInput, pass: Pass, record: RequestRecord): void {
  const first = record.chunkNs[0];
  const last = record.chunkNs.at(-1);
  const tokens = record.outputTokens;
  input.observer.request({
    done: pass.index + 1,
    total: input.passes.length,
    failed: input.counters.get('failed'),
    promptTokens: pass.cell.promptTokens,
    outputTokens: tokens,
    phase: pass.phase,
    ttftMs: first === undefined ? null : (first - record.sentNs) / 1e6,
    tokensPerSecond: last === undefined || tokens === null ? null : (tokens / (last - record.sentNs)) * 1e9,
    failure: record.outcome.message,
  });
}
