import { option } from './option.ts';
import { choice, toggle } from './value-types.ts';

/** Every option of `tokometer report`. */
export const reportOptions = {
  format: option({
    flag: 'format',
    type: choice(['table', 'json', 'html']),
    default: 'table',
    describe: 'table and json are printed; html is printed too, to be sent into a file. Of several runs: tables one after the other, a list, one page with their charts over one another.',
    group: 'Output',
  }),
  write: option({
    flag: 'write',
    type: toggle(),
    default: false,
    describe: 'Write summary.json, speed_benchmark.json and report.html into each run directory again.',
    group: 'Output',
  }),
};
