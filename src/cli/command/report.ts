import { exitCodes, TokometerError } from '../../base/errors.ts';
import { reportOptions } from '../../plan/option/report.ts';
import { Problems } from '../../plan/problems.ts';
import { readOptions } from '../../plan/read-options.ts';
import { renderRuns } from '../../report/render.ts';
import { type ReadSummary, readSummary } from '../../run/summarize-directory.ts';
import type { CommandModule } from '../command-module.ts';
import { helpText } from '../help-text.ts';
import { optionCommand, parseLine } from '../option-command.ts';
import { columnsOf, usesColour } from '../terminal.ts';
import { writeResults } from '../write-results.ts';

/** `tokometer report`: the results of run directories, made again from their records. */
export const reportCommand: CommandModule = {
  async run({ argv, environment, stdout }) {
    const command = optionCommand('report', reportOptions);
    if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(helpText(command, 'report', stdout.columns));
      return exitCodes.ok;
    }
    const line = parseLine(command, reportOptions, argv);
    const problems = new Problems('report');
    const options = readOptions(reportOptions, { flags: line.flags, environment }, problems);
    problems.throwIfAny();
    if (line.operands.length === 0) {
      throw new TokometerError('E_USAGE', 'tokometer report takes one run directory or several, got none', {
        hint: 'such as tokometer report outputs/qwen2.5/20260131_120000',
      });
    }
    const runs: ReadSummary[] = [];
    for (const directory of line.operands) {
      const read = await readSummary(directory);
      if (options.write) await writeResults({ ...read, directory });
      runs.push(read);
    }
    stdout.write(
      renderRuns(runs, options.format, {
        width: columnsOf(stdout, environment),
        colour: usesColour(stdout, environment),
      }),
    );
    return exitCodes.ok;
  },
};
