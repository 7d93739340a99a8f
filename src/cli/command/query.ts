import { exitCodes, TokometerError } from '../../base/errors.ts';
import { queryOptions } from '../../plan/option/query.ts';
import { Problems } from '../../plan/problems.ts';
import { readOptions } from '../../plan/read-options.ts';
import { renderQuery, renderTableForms } from '../../report/table/query-table.ts';
import { tableForms } from '../../store/export/tables.ts';
import { loadDuckDB, queryRuns } from '../../store/query/duckdb.ts';
import type { CommandModule } from '../command-module.ts';
import { deliver } from '../deliver.ts';
import { helpText } from '../help-text.ts';
import { openRuns } from '../open-runs.ts';
import { optionCommand, parseLine } from '../option-command.ts';
import { columnsOf } from '../terminal.ts';

/** `tokometer query`: SQL over the results of many runs. */
export const queryCommand: CommandModule = {
  async run({ argv, environment, stdout, stderr }) {
    const command = optionCommand('query', queryOptions);
    if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(helpText(command, 'query', stdout.columns));
      return exitCodes.ok;
    }
    const line = parseLine(command, queryOptions, argv);
    const problems = new Problems('query');
    const options = readOptions(queryOptions, { flags: line.flags, environment }, problems);
    problems.throwIfAny();
    if (options.tables) {
      stdout.write(renderTableForms(tableForms));
      return exitCodes.ok;
    }
    const places = line.operands.slice(0, -1);
    const sql = line.operands.at(-1);
    if (sql === undefined || places.length === 0) {
      throw new TokometerError('E_USAGE', `tokometer query takes runs and one SQL statement, got ${described(line)}`, {
        hint: 'such as tokometer query outputs "select model, decode_speed_tokens_per_s from rows"',
      });
    }
    const duckdb = await loadDuckDB();
    const runs = await openRuns(places, (text) => void stderr.write(`${text}\n`));
    const result = await queryRuns(duckdb, runs, sql);
    const width = columnsOf(options.output === null ? stdout : {}, environment);
    await deliver(renderQuery(result, options.format, width), options.output, stdout);
    return exitCodes.ok;
  },
};

function described({ operands }: { operands: readonly string[] }): string {
  return operands.length === 0 ? 'nothing' : `"${operands.join(' ')}" alone`;
}
