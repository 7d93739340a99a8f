import { exitCodes } from '../../base/errors.ts';
import { LiveCounters } from '../../base/live-counters.ts';
import { maskSecrets } from '../../base/mask-secrets.ts';
import { perfOptions } from '../../plan/option/perf.ts';
import { planFromSources } from '../../plan/plan.ts';
import { render } from '../../report/render.ts';
import { run } from '../../run/run.ts';
import type { CommandModule } from '../commands.ts';
import { exitCodeOf } from '../exit-code-of.ts';
import { helpText } from '../help-text.ts';
import { onInterrupt } from '../interrupt.ts';
import { optionCommand, parseLine } from '../option-command.ts';
import { createProgress } from '../progress/progress.ts';
import { columnsOf, usesColour } from '../terminal.ts';
import { writeResults } from '../write-results.ts';

const clockMs = (): number => performance.now();

/** `tokometer perf`: plan, run, results. */
export const perfCommand: CommandModule = {
  async run({ argv, environment, stdout, stderr }) {
    const command = optionCommand('perf', perfOptions);
    if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(helpText(command, 'perf', stdout.columns));
      return exitCodes.ok;
    }
    const { flags, operands } = parseLine(command, perfOptions, argv);
    const { plan, options } = await planFromSources({ flags, operands, environment });
    if (options.printPlan) {
      stdout.write(`${JSON.stringify(maskSecrets(plan), null, 2)}\n`);
      return exitCodes.ok;
    }
    const counters = new LiveCounters();
    const colour = usesColour(stderr, environment);
    const { quiet, debug, logEveryRequests } = options;
    const observer = createProgress({ stream: stderr, counters, quiet, debug, logEveryRequests, colour, now: clockMs });
    const interrupt = onInterrupt(() => observer.note('stopping: what was measured is kept'));
    try {
      observer.title(`tokometer perf · ${plan.model} · ${plan.engine.api}`);
      const commandLine = ['tokometer', 'perf', ...argv];
      const result = await run(plan, { observer, counters, signal: interrupt.signal, commandLine });
      observer.stop();
      const context = { plan, environment: result.environment, width: columnsOf(stdout, environment) };
      stdout.write(
        render(result.summary, options.json ? 'json' : 'table', {
          ...context,
          colour: usesColour(stdout, environment),
        }),
      );
      return await exitCodeOf(result, { stderr, debug, write: () => writeResults({ ...result, plan }) });
    } finally {
      observer.stop();
      interrupt.dispose();
    }
  },
};
