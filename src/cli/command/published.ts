import { exitCodes } from '../../base/errors.ts';
import { publishedOptions } from '../../plan/option/published.ts';
import { Problems } from '../../plan/problems.ts';
import { readOptions } from '../../plan/read-options.ts';
import type { CommandModule } from '../command-module.ts';
import { helpText } from '../help-text.ts';
import { optionCommand, parseLine } from '../option-command.ts';
import { columnsOf } from '../terminal.ts';

/** `tokometer published`: the speeds that Qwen published. The figures are loaded only when they are asked for. */
export const publishedCommand: CommandModule = {
  async run({ argv, environment, stdout }) {
    const command = optionCommand('published', publishedOptions);
    if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(helpText(command, 'published', stdout.columns));
      return exitCodes.ok;
    }
    const line = parseLine(command, publishedOptions, argv);
    const problems = new Problems('published');
    for (const word of line.operands) problems.add(`"${word}" is not an option of tokometer published`);
    const options = readOptions(publishedOptions, { flags: line.flags, environment }, problems);
    problems.throwIfAny();
    const { lookUpPublished } = await import('../../run/verb/published.ts');
    const { renderPublished } = await import('../../report/published.ts');
    const { model, framework, hardware, quantization, inputLength: promptTokens } = options;
    const rows = lookUpPublished({ model, framework, hardware, quantization, promptTokens });
    stdout.write(renderPublished(rows, options.format, columnsOf(stdout, environment)));
    return exitCodes.ok;
  },
};
