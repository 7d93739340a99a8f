import type { RunClock } from '../base/clock.ts';
import type { LiveCounters } from '../base/live-counters.ts';
import type { Engine, RunObserver, ServerCounters } from '../contract/engine.ts';
import type { RequestRecord } from '../contract/record.ts';
import type { RequestSource } from '../contract/workload.ts';
import { PassWork } from './pass-work.ts';
import { passesOf, type Pass, type PassResult } from './passes.ts';
import type { Schedule } from './schedule.ts';
import { sendPass } from './send-pass.ts';
import type { ServerMemory } from './server-memory.ts';
import type { ClientThreads } from './shard/client-threads.ts';
import { laterWaves, TimeLeft } from './time-left.ts';
import type { Watch } from './watch.ts';

export interface MeasureInput {
  /** Of the execution under way. */
  readonly engine: Engine;
  readonly source: RequestSource;
  readonly schedule: Schedule;
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
  /** Of the execution under way. */
  readonly watch: Watch;
  /** An execution begins: there is a fresh engine when it resolves. */
  readonly startExecution: (execution: number, cells: readonly string[]) => Promise<void>;
  /** A pass begins. */
  readonly notePass: (pass: Pass) => void;
  /** Resolves when what was decided so far is on disk. */
  readonly keepDecisions: () => Promise<void>;
  /** Takes a record at once; throws when an earlier one could not be kept. */
  readonly keep: (record: RequestRecord) => void;
  /** Resolves when all that was kept is safe on disk. */
  readonly flush: () => Promise<void>;
}

/** Does what the schedule says, step after step. Stops early when the signal aborts; throws when a record can't be kept, or an engine doesn't start. */
export async function measure(input: MeasureInput): Promise<void> {
  const timeLeft = new TimeLeft();
  const steps = input.schedule.steps();
  let next = steps.next();
  while (next.done !== true) {
    if (input.signal.aborted) return;
    const step = next.value;
    let result: PassResult | undefined;
    if (step.kind === 'start') await input.startExecution(step.execution, step.cells);
    else result = await runPass(input, step.pass, timeLeft);
    // A pass that was cut off decides nothing.
    if (input.signal.aborted) return;
    next = steps.next(result);
    await input.keepDecisions();
  }
}

async function runPass(input: MeasureInput, pass: Pass, timeLeft: TimeLeft): Promise<PassResult> {
  const { observer, clock } = input;
  const { cell, phase, execution, executions, repetition, repetitions, isOpen, requests } = pass;
  input.notePass(pass);
  observer.pass({
    cell: cell.id,
    kind: cell.kind,
    promptTokens: cell.promptTokens,
    outputTokens: cell.outputTokens,
    parallel: cell.parallel,
    arrival: cell.arrival,
    requests,
    phase,
    execution,
    executions,
    repetition,
    repetitions,
    isOpen,
    remainingMs: timeLeft.remainingMs(pass, clock.nowNs() / 1e6),
    laterWaves: laterWaves(pass),
  });
  input.counters.set('requestTokens', 0);
  const work = new PassWork(cell.kind);
  const startNs = clock.nowNs();
  if (cell.kind === 'load') await loadPass(input, pass, work);
  else await speedPass(input, pass, { timeLeft, work });
  return work.result((clock.nowNs() - startNs) / 1e6);
}

async function speedPass(
  input: MeasureInput,
  pass: Pass,
  { timeLeft, work }: { timeLeft: TimeLeft; work: PassWork },
): Promise<void> {
  const records: RequestRecord[] = [];
  const before = await input.watch.before();
  await sendPass(input, pass, (record) => records.push(record));
  const after = await input.watch.after();
  const memory = (await input.serverMemory?.read()) ?? null;
  const seen = await input.watch.readMemory();
  for (const record of records) {
    const proved = { ...withCacheProof(record, before, after), memory: memory ?? [...record.memory, ...seen] };
    timeLeft.learn(proved);
    work.add(proved);
    input.keep(proved);
    await input.flush();
    report(input, pass, proved);
  }
}

// Nothing is held and nothing is said while requests are in flight: counters tell a display how far the pass is.
async function loadPass(input: MeasureInput, pass: Pass, work: PassWork): Promise<void> {
  const { clock, counters, observer } = input;
  const before = { done: counters.get('done'), failed: counters.get('failed'), tokens: counters.get('tokens') };
  await input.watch.before();
  const startNs = clock.nowNs();
  let firstFailure: string | null = null;
  await input.threads.send(pass, (record) => {
    const { failure, message } = record.outcome;
    // A cancelled one is the user's own doing.
    if (failure !== null && failure !== 'cancelled') firstFailure ??= message ?? failure;
    work.add(record);
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
function withCacheProof(
  record: RequestRecord,
  before: ServerCounters | null,
  after: ServerCounters | null,
): RequestRecord {
  const [hitsBefore, hitsAfter] = [before?.cachedTokens ?? null, after?.cachedTokens ?? null];
  if (record.cachedTokens !== null || hitsBefore === null || hitsAfter === null) return record;
  return { ...record, cachedTokens: Math.max(0, hitsAfter - hitsBefore) };
}

function report(input: MeasureInput, pass: Pass, record: RequestRecord): void {
  const first = record.chunkNs[0];
  const last = record.chunkNs.at(-1);
  const tokens = record.outputTokens;
  input.observer.request({
    done: pass.index + 1,
    total: pass.isOpen && pass.phase === 'measured' ? null : pass.index + passesOf(pass.ahead),
    failed: input.counters.get('failed'),
    promptTokens: pass.cell.promptTokens,
    outputTokens: tokens,
    phase: pass.phase,
    ttftMs: first === undefined ? null : (first - record.sentNs) / 1e6,
    tokensPerSecond: last === undefined || tokens === null ? null : (tokens / (last - record.sentNs)) * 1e9,
    failure: record.outcome.message,
  });
}
