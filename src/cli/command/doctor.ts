import { exitCodes } from '../../base/errors.ts';
import { plainText } from '../../base/escape.ts';
import { modelsOptions } from '../../plan/option/models.ts';
import { Problems } from '../../plan/problems.ts';
import { readOptions } from '../../plan/read-options.ts';
import { examine } from '../../run/verb/doctor.ts';
import type { CommandModule } from '../command-module.ts';
import { helpText } from '../help-text.ts';
import { optionCommand, parseLine } from '../option-command.ts';

/** `tokometer doctor`: what can run here, and what is missing for the rest. */
export const doctorCommand: CommandModule = {
  async run({ argv, environment, stdout }) {
    const command = optionCommand('doctor', modelsOptions);
    if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(helpText(command, 'doctor', stdout.columns));
      return exitCodes.ok;
    }
    const line = parseLine(command, modelsOptions, argv);
    const problems = new Problems('doctor');
    for (const word of line.operands) problems.add(`"${word}" is not an option of tokometer doctor`);
    const { json } = readOptions(modelsOptions, { flags: line.flags, environment }, problems);
    problems.throwIfAny();
    const findings = await examine(environment);
    if (json) {
      stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
      return exitCodes.ok;
    }
    const width = Math.max(...findings.map(({ name }) => name.length));
    for (const { name, state, detail, hint } of findings) {
      stdout.write(`${state === 'ok' ? '✔' : '✗'} ${name.padEnd(width)}  ${plainText(detail)}\n`);
      if (hint !== null) stdout.write(`  ${' '.repeat(width)}  → ${plainText(hint)}\n`);
    }
    return exitCodes.ok;
  },
};
