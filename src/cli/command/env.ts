import { exitCodes } from '../../base/errors.ts';
import { envOptions } from '../../plan/option/env.ts';
import { Problems } from '../../plan/problems.ts';
import { readOptions } from '../../plan/read-options.ts';
import { manageEnvironments } from '../../run/verb/env.ts';
import type { CommandModule } from '../command-module.ts';
import { helpText } from '../help-text.ts';
import { onInterrupt } from '../interrupt.ts';
import { optionCommand, parseLine } from '../option-command.ts';

/** `tokometer env`: Python environments with the engines in them. */
export const envCommand: CommandModule = {
  async run({ argv, environment, stdout, stderr }) {
    const command = optionCommand('env', envOptions);
    if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(helpText(command, 'env', stdout.columns));
      return exitCodes.ok;
    }
    const line = parseLine(command, envOptions, argv);
    const problems = new Problems('env');
    const { python, accelerator } = readOptions(envOptions, { flags: line.flags, environment }, problems);
    problems.throwIfAny();
    const [action = 'list', name = null] = line.operands;
    const interrupt = onInterrupt(() => stderr.write('stopping\n'));
    try {
      const answer = await manageEnvironments(
        { action, name, python, accelerator },
        { progress: (text) => stderr.write(`${text}\n`), signal: interrupt.signal },
      );
      stdout.write(`${answer.join('\n')}\n`);
    } finally {
      interrupt.dispose();
    }
    return exitCodes.ok;
  },
};
