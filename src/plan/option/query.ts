import { option } from './option.ts';
import { reportOptions } from './report.ts';
import { choice, toggle } from './value-types.ts';

/** Every option of `tokometer query`. */
export const queryOptions = {
  format: option({
    flag: 'format',
    type: choice(['table', 'csv', 'json', 'markdown']),
    default: 'table',
    describe: 'table and markdown round to six digits, csv and json do not.',
    group: 'Output',
    example: '--format csv',
  }),
  output: option({
    ...reportOptions.output,
    describe: 'Write into this file, in place of one that is there, and not to stdout.',
    example: '--output speeds.csv',
  }),
  tables: option({
    flag: 'tables',
    type: toggle(),
    default: false,
    describe: 'Print the tables and their columns, and stop.',
    group: 'Output',
  }),
};
