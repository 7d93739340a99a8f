import { LiveCounters } from '../base/live-counters.ts';
import type { PlannedRun } from '../plan/plan.ts';
import { render } from '../report/render.ts';
import { run } from '../run/run.ts';
import type { CommandContext } from './command-module.ts';
import { exitCodeOf } from './exit-code-of.ts';
import { onInterrupt } from './interrupt.ts';
import { createProgress } from './progress/progress.ts';
import { columnsOf, usesColour } from './terminal.ts';
import { writeCsv, writeResults } from './write-results.ts';

const clockMs = (): number => performance.now();

export interface CommandOutput {
  readonly command: string;
  /** The CSV of Qwen's scripts, beside the run directories; null: none. */
  readonly csv: { readonly isFolder: boolean } | null;
}

/** Runs a plan before the eyes of a person: progress on stderr, results on stdout. Returns the exit code. */
export async function measurePlanned(
  { plan, options }: PlannedRun,
  context: CommandContext,
  { command, csv }: CommandOutput,
): Promise<number> {
  const { argv, environment, stdout, stderr } = context;
  const { quiet, debug, logEveryRequests, json } = options;
  const counters = new LiveCounters();
  const colour = usesColour(stderr, environment);
  const observer = createProgress({ stream: stderr, counters, quiet, debug, logEveryRequests, colour, now: clockMs });
  const interrupt = onInterrupt(() => observer.note('stopping: what was measured is kept'));
  try {
    observer.title(`tokometer ${command} · ${plan.model} · ${plan.engine.api}`);
    const commandLine = ['tokometer', command, ...argv];
    const result = await run(plan, { observer, counters, signal: interrupt.signal, commandLine });
    observer.stop();
    const shown = { plan, environment: result.environment, width: columnsOf(stdout, environment) };
    const text = render(result.summary, json ? 'json' : 'table', { ...shown, colour: usesColour(stdout, environment) });
    stdout.write(text);
    const write = async (): Promise<void> => {
      await writeResults({ ...result, plan });
      if (csv !== null) stderr.write(`CSV       ${await writeCsv(result.summary, plan, csv.isFolder)}\n`);
    };
    return await exitCodeOf(result, { stderr, debug, write });
  } finally {
    observer.stop();
    interrupt.dispose();
  }
}
