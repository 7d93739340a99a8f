import { exitCodes } from '../../base/errors.ts';
import { Problems } from '../../plan/problems.ts';
import { referenceServerOptions } from '../../plan/option/reference-server.ts';
import { readOptions } from '../../plan/read-options.ts';
import { serveReference } from '../../run/verb/reference.ts';
import type { CommandModule } from '../command-module.ts';
import { helpText } from '../help-text.ts';
import { onInterrupt } from '../interrupt.ts';
import { optionCommand, parseLine } from '../option-command.ts';

/** `tokometer reference`: a server with scripted timing, until it is stopped. */
export const referenceCommand: CommandModule = {
  async run({ argv, environment, stdout, stderr }) {
    const command = optionCommand('reference', referenceServerOptions);
    if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(helpText(command, 'reference', stdout.columns));
      return exitCodes.ok;
    }
    const line = parseLine(command, referenceServerOptions, argv);
    const problems = new Problems('reference');
    for (const word of line.operands) problems.add(`"${word}" is not an option of tokometer reference`);
    const options = readOptions(referenceServerOptions, { flags: line.flags, environment }, problems);
    problems.throwIfAny();
    const interrupt = onInterrupt(() => undefined);
    try {
      await serveReference(options, {
        signal: interrupt.signal,
        listening: (url) => stderr.write(`reference server on ${url} (Ctrl-C stops it)\n`),
      });
    } finally {
      interrupt.dispose();
    }
    return exitCodes.ok;
  },
};
