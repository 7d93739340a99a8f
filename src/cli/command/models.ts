import { exitCodes } from '../../base/errors.ts';
import { modelsOptions } from '../../plan/option/models.ts';
import { Problems } from '../../plan/problems.ts';
import { readOptions } from '../../plan/read-options.ts';
import { renderModels } from '../../report/table/models-table.ts';
import { listModels } from '../../run/verb/models.ts';
import type { CommandModule } from '../command-module.ts';
import { helpText } from '../help-text.ts';
import { optionCommand, parseLine } from '../option-command.ts';

/** `tokometer models`: the checkpoints of the catalogue, and which of them this machine holds. */
export const modelsCommand: CommandModule = {
  async run({ argv, environment, stdout }) {
    const command = optionCommand('models', modelsOptions);
    if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(helpText(command, 'models', stdout.columns));
      return exitCodes.ok;
    }
    const line = parseLine(command, modelsOptions, argv);
    const problems = new Problems('models');
    for (const word of line.operands) problems.add(`"${word}" is not an option of tokometer models`);
    const options = readOptions(modelsOptions, { flags: line.flags, environment }, problems);
    problems.throwIfAny();
    const { models, device } = await listModels();
    stdout.write(options.json ? `${JSON.stringify(models, null, 2)}\n` : renderModels(models, device));
    return exitCodes.ok;
  },
};
