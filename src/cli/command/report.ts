import { exitCodes, TokometerError } from '../../base/errors.ts';
import type { MeasuredRun } from '../../contract/export.ts';
import { isExportFormat, reportOptions } from '../../plan/option/report.ts';
import { Problems } from '../../plan/problems.ts';
import { readOptions } from '../../plan/read-options.ts';
import { renderRuns } from '../../report/render.ts';
import { type ReadSummary, readSummary } from '../../run/summarize-directory.ts';
import type { CommandContext, CommandModule } from '../command-module.ts';
import { deliver } from '../deliver.ts';
import { exportResults } from '../export-results.ts';
import { helpText } from '../help-text.ts';
import { optionCommand, parseLine } from '../option-command.ts';
import { openPush } from '../push-results.ts';
import { columnsOf, usesColour } from '../terminal.ts';
import { writeResults } from '../write-results.ts';

/** `tokometer report`: the results of run directories, made again from their records. */
export const reportCommand: CommandModule = {
  async run({ argv, environment, stdout, stderr }) {
    const command = optionCommand('report', reportOptions);
    if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(helpText(command, 'report', stdout.columns));
      return exitCodes.ok;
    }
    const line = parseLine(command, reportOptions, argv);
    const problems = new Problems('report');
    const options = readOptions(reportOptions, { flags: line.flags, environment }, problems);
    if (options.write && isExportFormat(options.format)) {
      problems.add('--write makes the files of the run directory again, not those of another format', 'leave it out');
    }
    const { format, output, slo } = options;
    if (options.write && slo.length > 0) {
      problems.add(
        '--write makes the files of the run again, and --slo judges it by other limits than its own',
        'use --output FILE',
      );
    }
    if (format === 'card' && line.operands.length > 1) {
      problems.add(`--format card takes one run, got ${line.operands.length}`, 'html lays several over one another');
    }
    problems.throwIfAny();
    if (line.operands.length === 0) {
      throw new TokometerError('E_USAGE', 'tokometer report takes one run directory or several, got none', {
        hint: 'such as tokometer report outputs/qwen2.5/20260131_120000',
      });
    }
    if (isExportFormat(format)) {
      return pushAll(
        await exportResults(line.operands, { format, output, slo }, { stdout, stderr }),
        options.push,
        stderr,
      );
    }
    const runs: (ReadSummary & MeasuredRun)[] = [];
    for (const directory of line.operands) {
      const read = await readSummary(directory, { withDetails: options.write || format === 'html', slo });
      if (options.write) await writeResults({ ...read, directory });
      runs.push({ ...read, directory });
    }
    const place = output === null ? stdout : {};
    const terminal = { width: columnsOf(place, environment), colour: usesColour(place, environment) };
    await deliver(renderRuns(runs, format, terminal), output, stdout);
    return pushAll(runs, options.push, stderr);
  },
};

/** Last of all: what was asked for besides is there whatever a collector does. */
async function pushAll(
  runs: readonly MeasuredRun[],
  url: string | null,
  stderr: CommandContext['stderr'],
): Promise<number> {
  const push = await openPush(url, { stderr, quiet: false });
  // oxlint-disable-next-line no-await-in-loop -- one after the other: the first that fails ends it
  for (const run of push === null ? [] : runs) await push?.(run);
  return exitCodes.ok;
}
