import { exitCodes, TokometerError } from '../base/errors.ts';
import { LiveCounters } from '../base/live-counters.ts';
import type { RunPlan } from '../contract/plan.ts';
import type { PlannedRun } from '../plan/plan.ts';
import { render } from '../report/render.ts';
import type { RepeatedRun } from '../run/manifest.ts';
import { run, type RunResult } from '../run/run.ts';
import type { CommandContext } from './command-module.ts';
import { exitCodeOf } from './exit-code-of.ts';
import { onInterrupt } from './interrupt.ts';
import { openPush, pushMeasured } from './push-results.ts';
import { createProgress } from './progress/progress.ts';
import { columnsOf, usesColour } from './terminal.ts';
import { writeCsv, writeResults } from './write-results.ts';

const clockMs = (): number => performance.now();

export interface CommandOutput {
  readonly command: string;
  /** The CSV of Qwen's scripts, beside the run directories; null: none. */
  readonly csv: { readonly isFolder: boolean } | null;
}

/** What a run is told under, and how much. */
export interface Telling {
  readonly title: string;
  /** Ends the run; what was measured is kept. */
  readonly signal: AbortSignal;
  readonly commandLine: readonly string[];
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly logEveryRequests: number;
  /** The run that is repeated; null or left out: none. */
  readonly repeats?: RepeatedRun | null;
}

/** Runs a plan before the eyes of a person: progress on stderr, results on stdout. Returns the exit code. */
export async function measurePlanned(
  { plan, options, repeats = null }: PlannedRun & { readonly repeats?: RepeatedRun | null },
  context: CommandContext,
  { command, csv }: CommandOutput,
): Promise<number> {
  const { argv, environment, stdout, stderr } = context;
  const { quiet, debug, logEveryRequests, json } = options;
  // Before the run, so that a package that is missing costs none.
  const push = await openPush(options.push, { stderr, quiet });
  const interrupt = onInterrupt(() => undefined);
  const { signal } = interrupt;
  const title = `tokometer ${command} · ${plan.model} · ${plan.engine.api}`;
  const commandLine = ['tokometer', command, ...argv];
  try {
    const result = await watchRun(plan, context, {
      title,
      signal,
      commandLine,
      quiet,
      debug,
      logEveryRequests,
      repeats,
    });
    const shown = { plan, environment: result.environment, width: columnsOf(stdout, environment) };
    const text = render(result.summary, json ? 'json' : 'table', { ...shown, colour: usesColour(stdout, environment) });
    stdout.write(text);
    const write = async (): Promise<void> => {
      await writeResults({ ...result, plan });
      if (csv !== null) stderr.write(`CSV       ${await writeCsv(result.summary, plan, csv.isFolder)}\n`);
    };
    const code = await exitCodeOf(result, { stderr, debug, write });
    return await pushMeasured(push, { ...result, plan }, { code, stderr, debug });
  } catch (error) {
    if (!signal.aborted || error instanceof TokometerError) throw error;
    stderr.write('stopped before the first request: nothing was measured\n');
    return exitCodes.interrupted;
  } finally {
    interrupt.dispose();
  }
}

/** Runs a plan and tells its progress on stderr. Throws what `run` throws. */
export async function watchRun(plan: RunPlan, context: CommandContext, telling: Telling): Promise<RunResult> {
  const { stderr, environment } = context;
  const { quiet, debug, logEveryRequests, signal, commandLine, repeats = null } = telling;
  const counters = new LiveCounters();
  const colour = usesColour(stderr, environment);
  const observer = createProgress({ stream: stderr, counters, quiet, debug, logEveryRequests, colour, now: clockMs });
  const sayStopping = (): void => observer.note('stopping: what was measured is kept');
  signal.addEventListener('abort', sayStopping);
  try {
    observer.title(telling.title);
    if (repeats !== null) observer.note(`repeats ${repeats.directory}`);
    return await run(plan, { observer, counters, signal, commandLine, ...(repeats === null ? {} : { repeats }) });
  } finally {
    signal.removeEventListener('abort', sayStopping);
    observer.stop();
  }
}
