import type { RunClock } from '../base/clock.ts';
import type { LiveCounters } from '../base/live-counters.ts';
import type { Engine, RunObserver } from '../contract/engine.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { RequestSource } from '../contract/workload.ts';
import type { Pass } from './passes.ts';
import { sendPass } from './send-pass.ts';
import type { ServerMemory } from './server-memory.ts';
import type { ClientThreads } from './shard/client-threads.ts';
import { TimeLeft } from './time-left.ts';
import type { Watch } from './watch.ts';

export interface MeasureInput {
  readonly engine: Engine;
  readonly source: RequestSource;
  readonly passes: readonly Pass[];
  readonly clock: RunClock;
  readonly counters: LiveCounters;
  readonly observer: RunObserver;
  readonly signal: AbortSignal;
  /** The plan's, of which arrivals are drawn. */
  readonly seed: number;
  /** Send the passes of load cells. */
  readonly threads: ClientThreads;
  /** The process of a served API, read after each request; null: not named. */
  readonly serverMemory: ServerMemory | null;
  readonly watch: Watch;
  /** Takes a record at once; throws when an earlier one could not be kept. */
  readonly keep: (record: RequestRecord) => void;
  /** Resolves when all that was kept is safe on disk. */
  readonly flush: () => Promise<void>;
}

/** Runs the passes in their order, one at a time. Stops early when the signal aborts; throws only when a record can't be kept. */
export async function measure(input: MeasureInput): Promise<void> {
  const { passes, observer } = input;
  const timeLeft = new TimeLeft(passes);
  for (const pass of passes) {
    if (input.signal.aborted) return;
    const { cell, phase, repetition, repetitions, requests } = pass;
    observer.pass({
      cell: cell.id,
      kind: cell.kind,
      promptTokens: cell.promptTokens,
      outputTokens: cell.outputTokens,
      parallel: cell.parallel,
      arrival: cell.arrival,
      requests,
      phase,
      repetition,
      repetitions,
      remainingMs: timeLeft.remainingMs(pass.index),
      laterWaves: timeLeft.wavesAfter(pass.index),
    });
    input.counters.set('requestTokens', 0);
    if (cell.kind === 'load') await loadPass(input, pass);
    else await speedPass(input, pass, timeLeft);
  }
}

async function speedPass(input: MeasureInput, pass: Pass, timeLeft: TimeLeft): Promise<void> {
  const { engine } = input;
  const records: RequestRecord[] = [];
  const hitsBefore = (await engine.cacheHits?.()) ?? null;
  await input.watch.before();
  await sendPass(input, pass, (record) => records.push(record));
  await input.watch.after();
  const hitsAfter = (await engine.cacheHits?.()) ?? null;
  const memory = (await input.serverMemory?.read()) ?? null;
  const seen = await input.watch.readMemory();
  for (const record of records) {
    const proved = { ...withCacheProof(record, hitsBefore, hitsAfter), memory: memory ?? [...record.memory, ...seen] };
    timeLeft.learn(proved);
    input.keep(proved);
    await input.flush();
    report(input, pass, proved);
  }
}

// Nothing is held and nothing is said while requests are in flight: counters tell a display how far the pass is.
async function loadPass(input: MeasureInput, pass: Pass): Promise<void> {
  const { clock, counters, observer } = input;
  const before = { done: counters.get('done'), failed: counters.get('failed'), tokens: counters.get('tokens') };
  await input.watch.before();
  const startNs = clock.nowNs();
  let firstFailure: string | null = null;
  await input.threads.send(pass, (record) => {
    const { failure, message } = record.outcome;
    // A cancelled one is the user's own doing.
    if (failure !== null && failure !== 'cancelled') firstFailure ??= message ?? failure;
    input.keep(record);
  });
  const durationMs = (clock.nowNs() - startNs) / 1e6;
  await input.watch.after();
  await input.serverMemory?.read();
  await input.watch.readMemory();
  await input.flush();
  observer.passEnd({
    done: counters.get('done') - before.done,
    failed: counters.get('failed') - before.failed,
    durationMs,
    outputTokens: counters.get('tokens') - before.tokens,
    firstFailure,
  });
  await input.threads.settle(pass);
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
