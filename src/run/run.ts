// The conductor: a plan comes in; a run directory and a Summary go out. Stages follow one another and meet in files.
// It owns the live engine (session.ts) and the order of passes; it must not know flags, tables or terminals.
import { availableParallelism } from 'node:os';

import { CleanupStack } from '../base/cleanup.ts';
import { startRunClock } from '../base/clock.ts';
import { TokometerError } from '../base/errors.ts';
import { maskCommandLine } from '../base/mask-secrets.ts';
import { LiveCounters } from '../base/live-counters.ts';
import { formatBytes } from '../base/units.ts';
import type { Calibration } from '../contract/calibration.ts';
import type { Engine, EngineFacts, RunObserver } from '../contract/engine.ts';
import type { EnvironmentFacts } from '../contract/environment.ts';
import type { RunPlan } from '../contract/plan.ts';
import type { ReportDetails } from '../contract/report-details.ts';
import type { Summary } from '../contract/summary.ts';
import { DetailsTally } from '../metrics/details/report-details.ts';
import { RunTally } from '../metrics/run-tally.ts';
import { summarizeTally } from '../metrics/summarize.ts';
import { streamRecords } from '../store/read-records.ts';
import { createRunDirectory, removeRunDirectory } from '../store/run-directory.ts';
import { openRunStore, type RunStore } from '../store/run-store.ts';
import { readTelemetry } from '../store/telemetry-file.ts';
import { readMachineFacts } from '../telemetry/machine-facts.ts';
import type { RequestSource } from '../contract/workload.ts';
import { createRequestSource } from '../workload/request-source.ts';
import { keepCalibration } from './keep-calibration.ts';
import { type RepeatedRun, RunManifest } from './manifest.ts';
import { measure } from './measure.ts';
import { ProtocolLog } from './protocol-log.ts';
import { Schedule } from './schedule.ts';
import { silentObserver } from './silent-observer.ts';
import { openServerMemory, type ServerMemory } from './server-memory.ts';
import { ClientThreads } from './shard/client-threads.ts';
import { openSession, type Session } from './session.ts';
import { keepPausesShort } from './short-pauses.ts';
import { tellDecisions } from './tell-decisions.ts';
import { lookAtDevices, Watch, type WatchedDevices } from './watch.ts';
import { WorkloadLog } from './workload-facts.ts';

export interface RunContext {
  readonly observer?: RunObserver;
  readonly counters?: LiveCounters;
  /** Aborting ends the run after the request in flight is noted; what was measured is kept. */
  readonly signal?: AbortSignal;
  /** As recorded in environment.json. */
  readonly commandLine?: readonly string[];
  /** The earlier run that this one repeats. */
  readonly repeats?: RepeatedRun;
}

export interface RunResult {
  readonly directory: string;
  readonly summary: Summary;
  /** What a page draws beside it. */
  readonly details: ReportDetails;
  readonly environment: EnvironmentFacts;
  /** What ended the run early; null when its plan was done. */
  readonly stoppedBy: 'signal' | TokometerError | null;
}

/** Runs a plan. Throws a TokometerError when nothing could be measured; afterwards every ending has a result. */
export async function run(plan: RunPlan, context: RunContext = {}): Promise<RunResult> {
  const clock = startRunClock();
  const cleanup = new CleanupStack();
  const directory = await createRunDirectory({
    outputs: plan.output.directory,
    model: plan.model,
    name: plan.name,
    timestamp: plan.output.timestamp,
    now: new Date(),
  });
  const stage: Stage = {
    plan,
    clock,
    observer: context.observer ?? silentObserver,
    counters: context.counters ?? new LiveCounters(),
    signal: context.signal ?? new AbortController().signal,
    kept: { records: 0 },
    letHeapGrow: keepPausesShort(),
  };
  cleanup.add(stage.letHeapGrow);
  try {
    const store = await openRunStore(directory);
    cleanup.add(() => store.close());
    await store.writePlan(plan);
    const environment = await prepare(stage, store, context.commandLine ?? []);
    const serverMemory = await openServerMemory(plan.engine);
    const watched = await lookAtDevices(plan.engine, stage.observer);
    const { tool } = watched;
    const manifest = await RunManifest.open({ ...stage, environment, tool, repeats: context.repeats ?? null });
    const session = await openSession({ ...stage, directory });
    cleanup.add(() => session.close());
    const calibration = await keepCalibration(session.engine.facts(), { store, tell: stage.observer });
    const open = (engine: Engine) => openWatch(stage, { watched, engine, store });
    const watching: Watching = { watch: await open(session.engine), open };
    cleanup.add(() => watching.watch.close());
    const prepared = { directory, store, environment, calibration, manifest, session, serverMemory, watching };
    return await measureAndSummarise(stage, prepared);
  } catch (error) {
    // Nothing was measured: an empty folder would only be in the way of the next try.
    if (stage.kept.records === 0) cleanup.add(() => removeRunDirectory(directory));
    throw error;
  } finally {
    await cleanup.run();
  }
}

interface Stage {
  readonly plan: RunPlan;
  readonly clock: ReturnType<typeof startRunClock>;
  readonly observer: RunObserver;
  readonly counters: LiveCounters;
  readonly signal: AbortSignal;
  readonly kept: { records: number };
  /** The summary is made without haste. */
  readonly letHeapGrow: () => void;
}

interface Prepared {
  readonly directory: string;
  readonly store: RunStore;
  readonly environment: EnvironmentFacts;
  readonly calibration: Calibration | null;
  readonly manifest: RunManifest;
  readonly session: Session;
  readonly serverMemory: ServerMemory | null;
  readonly watching: Watching;
}

/** The watch of the execution under way, and how another one begins for an engine that is up. */
interface Watching {
  watch: Watch;
  readonly open: (engine: Engine) => Promise<Watch>;
}

function openWatch(
  { plan, clock, observer }: Stage,
  { watched, engine, store }: { watched: WatchedDevices; engine: Engine; store: RunStore },
): Promise<Watch> {
  const append = store.appendTelemetry.bind(store);
  const asked = engine.counters === undefined ? {} : { counters: engine.counters.bind(engine) };
  return Watch.open({ plan: plan.engine, watched, engine: engine.facts(), ...asked, clock, observer, append });
}

async function prepare(stage: Stage, store: RunStore, commandLine: readonly string[]): Promise<EnvironmentFacts> {
  const environment = await readMachineFacts(stage.clock, maskCommandLine(commandLine));
  await store.writeEnvironment(environment);
  const load = environment.loadAverage[0] ?? 0;
  stage.observer.stage(
    'machine',
    `${environment.hostCpu}, ${environment.cores} cores, ${formatBytes(environment.memoryBytes)}, load ${load.toFixed(1)}`,
  );
  return environment;
}

async function measureAndSummarise(stage: Stage, prepared: Prepared): Promise<RunResult> {
  const { plan } = stage;
  const { store, session, directory, environment, calibration } = prepared;
  const nonce = prepared.manifest.nonce(session);
  const manifest = await prepared.manifest.complete(session);
  const { recipe } = session;
  const { seed } = plan.workload;
  const source = createRequestSource({ recipe, seed, nonce, outputs: plan.workload });
  const { clock, counters, signal, observer: tell } = stage;
  const sender = {
    // Another one after a restart.
    get engine() {
      return session.engine;
    },
    source,
    clock,
    counters,
    signal,
    seed,
  };
  const threads = new ClientThreads({ plan, sender, recipe, nonce, tell, cores: availableParallelism() });
  const workload = new WorkloadLog({ session, source, seed, nonce });
  const protocol = new ProtocolLog(tellDecisions(plan, tell));
  await store.writeWorkload(workload.facts());
  await store.writeManifest(manifest);
  await store.writeEngine(engineFacts(prepared));
  const stoppedBy = await measureUntilStopped(stage, { source, workload, protocol, prepared, threads });
  const engine = engineFacts(prepared, threads);
  const { samples: telemetry } = await readTelemetry(directory);
  const rest = { workload: workload.facts(), protocol: protocol.facts(), telemetry, manifest, calibration };
  const state = stoppedBy === null ? 'complete' : 'partial';
  const facts = { plan, cells: session.cells, engine, environment, directory, state, ...rest } as const;
  const { tally, shown } = await talliesOf(directory, session);
  const summary = summarizeTally(facts, tally);
  // After a full disk another write would only fail again; the table is printed all the same.
  if (!(stoppedBy instanceof TokometerError)) {
    await store.writeEngine(engine);
    await store.writeWorkload(rest.workload);
  }
  return { directory, summary, details: shown.details(facts, tally), environment, stoppedBy };
}

async function measureUntilStopped(
  stage: Stage,
  work: {
    source: RequestSource;
    workload: WorkloadLog;
    protocol: ProtocolLog;
    prepared: Prepared;
    threads: ClientThreads;
  },
): Promise<RunResult['stoppedBy']> {
  const { workload, protocol, prepared, threads } = work;
  const { session, store, serverMemory, watching } = prepared;
  const { traffic } = stage.plan;
  let decisionsKept = 0;
  try {
    await measure({
      get engine() {
        return session.engine;
      },
      source: work.source,
      threads,
      schedule: new Schedule({
        cells: session.cells,
        traffic,
        nowMs: () => stage.clock.nowNs() / 1e6,
        log: protocol,
      }),
      startExecution: async (execution, cells) => {
        if (execution > 1) {
          await threads.renew();
          await watching.watch.close();
          await session.restart();
          watching.watch = await watching.open(session.engine);
          stage.observer.stage('engine', `start ${execution} of ${traffic.executions}`);
        }
        protocol.start({ execution, readyMs: session.readyMs, cells });
      },
      notePass: (pass) => workload.note(pass),
      keepDecisions: async () => {
        if (protocol.count === decisionsKept && !protocol.isDone) return;
        decisionsKept = protocol.count;
        await store.writeProtocol(protocol.facts());
        await store.writeWorkload(workload.facts());
      },
      clock: stage.clock,
      counters: stage.counters,
      observer: stage.observer,
      signal: stage.signal,
      seed: stage.plan.workload.seed,
      serverMemory,
      get watch() {
        return watching.watch;
      },
      keep: (record) => {
        const failure = store.failed();
        if (failure !== null) throw failure;
        stage.kept.records++;
        store.appendRecord(record);
      },
      flush: () => store.flush(),
    });
  } catch (error) {
    if (error instanceof TokometerError) return error;
    throw error;
  } finally {
    await threads.close();
    stage.letHeapGrow();
  }
  return stage.signal.aborted ? 'signal' : null;
}

// Read back one by one: a long run has more stamps than a process should hold.
async function talliesOf(directory: string, { cells }: Session): Promise<{ tally: RunTally; shown: DetailsTally }> {
  const tally = new RunTally(cells);
  const shown = new DetailsTally(cells);
  for await (const record of streamRecords(directory)) {
    tally.add(record);
    shown.add(record);
  }
  return { tally, shown };
}

function engineFacts({ session, serverMemory, watching }: Prepared, threads?: ClientThreads): EngineFacts {
  const facts = session.engine.facts();
  const seen = watching.watch.memory();
  const isHostSeen = seen.some(({ kind, bytes }) => kind === 'host' && bytes !== null);
  // Read from outside it has its parts and the peak of its cgroup.
  const told = (session.engine.memory?.() ?? []).filter(({ kind }) => kind !== 'host' || !isHostSeen);
  const memory = [...told, ...(serverMemory?.figures() ?? []), ...seen];
  const settings = { ...facts.settings, ...threads?.facts() };
  return { ...facts, settings, pid: facts.pid ?? serverMemory?.pid ?? null, memory };
}
