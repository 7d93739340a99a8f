import { exitCodes } from '../../base/errors.ts';
import { plainText } from '../../base/escape.ts';
import { doctorOptions } from '../../plan/option/doctor.ts';
import { Problems } from '../../plan/problems.ts';
import { readOptions } from '../../plan/read-options.ts';
import { renderCalibration } from '../../report/table/calibration-table.ts';
import { examine } from '../../run/verb/doctor.ts';
import type { CommandContext, CommandModule } from '../command-module.ts';
import { helpText } from '../help-text.ts';
import { onInterrupt } from '../interrupt.ts';
import { optionCommand, parseLine } from '../option-command.ts';

/** `tokometer doctor`: what can run here, and what is missing for the rest; or what the client costs here. */
export const doctorCommand: CommandModule = {
  async run(context) {
    const { argv, environment, stdout } = context;
    const command = optionCommand('doctor', doctorOptions);
    if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(helpText(command, 'doctor', stdout.columns));
      return exitCodes.ok;
    }
    const line = parseLine(command, doctorOptions, argv);
    const problems = new Problems('doctor');
    for (const word of line.operands) problems.add(`"${word}" is not an option of tokometer doctor`);
    const { calibrate, json } = readOptions(doctorOptions, { flags: line.flags, environment }, problems);
    problems.throwIfAny();
    if (calibrate) return calibrateClient(context, json);
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

async function calibrateClient({ environment, stdout, stderr }: CommandContext, json: boolean): Promise<number> {
  const interrupt = onInterrupt(() => stderr.write('stopping\n'));
  try {
    stderr.write(
      'The client meets the reference server of this machine: some 15 s, in which nothing else should run.\n',
    );
    const { calibrate } = await import('../../run/verb/calibrate.ts');
    const { calibration, path } = await calibrate(environment, interrupt.signal);
    stdout.write(json ? `${JSON.stringify(calibration, null, 2)}\n` : renderCalibration(calibration, path));
    return exitCodes.ok;
  } catch (error) {
    if (interrupt.signal.aborted) return exitCodes.interrupted;
    throw error;
  } finally {
    interrupt.dispose();
  }
}
