import { exitCodes, TokometerError } from '../../base/errors.ts';
import { maskSecrets } from '../../base/mask-secrets.ts';
import { planBatch } from '../../plan/batch.ts';
import { batchOptions } from '../../plan/option/batch.ts';
import { Problems } from '../../plan/problems.ts';
import { readOptions } from '../../plan/read-options.ts';
import type { CommandModule } from '../command-module.ts';
import { helpText } from '../help-text.ts';
import { optionCommand, parseLine } from '../option-command.ts';

/** `tokometer batch`: a list of runs from a file, resumed where it stopped. */
export const batchCommand: CommandModule = {
  async run(context) {
    const { argv, environment, stdout } = context;
    const command = optionCommand('batch', batchOptions);
    if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(helpText(command, 'batch', stdout.columns));
      return exitCodes.ok;
    }
    const line = parseLine(command, batchOptions, argv);
    const problems = new Problems('batch');
    const options = readOptions(batchOptions, { flags: line.flags, environment }, problems);
    problems.throwIfAny();
    const [file, ...more] = line.operands;
    if (file === undefined || more.length > 0) {
      throw new TokometerError('E_USAGE', `tokometer batch takes one batch file, got ${line.operands.length}`, {
        hint: 'such as tokometer batch matrix.yaml; options of the runs stand in the file',
      });
    }
    const { outputsDirectory: outputs, debug, interleave, repeat } = options;
    const batch = await planBatch(file, { outputs, environment, debug, interleave, repeat });
    if (options.printPlan) {
      const plans = batch.entries.map(({ plan }) => maskSecrets(plan));
      stdout.write(`${JSON.stringify(plans, null, 2)}\n`);
      return exitCodes.ok;
    }
    const { measureBatch } = await import('../measure-batch.ts');
    return measureBatch(batch, context, options);
  },
};
