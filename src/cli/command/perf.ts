import { exitCodes } from '../../base/errors.ts';
import { maskSecrets } from '../../base/mask-secrets.ts';
import { perfOptions } from '../../plan/option/perf.ts';
import { planFromSources } from '../../plan/plan.ts';
import type { CommandModule } from '../command-module.ts';
import { helpText } from '../help-text.ts';
import { optionCommand, parseLine } from '../option-command.ts';

/** `tokometer perf`: plan, run, results. What measures is loaded only when something is measured. */
export const perfCommand: CommandModule = {
  async run(context) {
    const { argv, environment, stdout } = context;
    const command = optionCommand('perf', perfOptions);
    if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(helpText(command, 'perf', stdout.columns));
      return exitCodes.ok;
    }
    const { flags, operands } = parseLine(command, perfOptions, argv);
    const { from } = flags;
    const planned =
      typeof from === 'string'
        ? await (await import('../plan-repeated.ts')).planRepeated(from, { flags, operands, environment })
        : { ...(await planFromSources({ flags, operands, environment })), repeats: null };
    if (planned.options.printPlan) {
      stdout.write(`${JSON.stringify(maskSecrets(planned.plan), null, 2)}\n`);
      return exitCodes.ok;
    }
    const { measurePlanned } = await import('../measure-planned.ts');
    return measurePlanned(planned, context, { command: 'perf', csv: null });
  },
};
