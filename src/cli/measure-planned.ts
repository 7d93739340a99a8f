import { LiveCounters } from '../base/live-counters.ts';
import type { PlannedRun } from '../plan/plan.ts';
import { render } from '../report/render.ts';
import { run } from '../run/run.ts';
import type { CommandContext } from './command-module.ts';
import { exitCodeOf } from './exit-code-of.ts';
import { onInterrupt } from './interrupt.ts';
import { createProgress } from './progress/progress.ts';
import { columnsOf, usesColour } from './terminal.ts';
import { writeResults } from './write-results.ts';

const clockMs = (): number => performance.now();

/** Runs a plan before the eyes of a person: progress on stderr, results on stdout. Returns the exit code. */
export async function measurePlanned({ plan, options }: PlannedRun, context: CommandContext): Promise<number> {
  const { argv, environment, stdout, stderr } = context;
  const { quiet, debug, logEveryRequests, json } = options;
  const counters = new LiveCounters();
  const colour = usesColour(stderr, environment);
  const observer = createProgress({ stream: stderr, counters, quiet, debug, logEveryRequests, colour, now: clockMs });
  const interrupt = onInterrupt(() => observer.note('stopping: what was measured is kept'));
  try {
    observer.title(`tokometer perf · ${plan.model} · ${plan.engine.api}`);
    const commandLine = ['tokometer', 'perf', ...argv];
    const result = await run(plan, { observer, counters, signal: interrupt.signal, commandLine });
    observer.stop();
    const shown = { plan, environment: result.environment, width: columnsOf(stdout, environment) };
    const text = render(result.summary, json ? 'json' : 'table', { ...shown, colour: usesColour(stdout, environment) });
    stdout.write(text);
    return await exitCodeOf(result, { stderr, debug, write: () => writeResults({ ...result, plan }) });
  } finally {
    observer.stop();
    interrupt.dispose();
  }
}
