import { option } from './option.ts';
import { outputOptions } from './output.ts';
import { integer, toggle } from './value-types.ts';

/** Every option of `tokometer batch`. */
export const batchOptions = {
  interleave: option({
    flag: 'interleave',
    type: toggle(),
    default: false,
    describe:
      'Run them in turn, A B A B, so that a drift of the machine falls on all alike; each --repeat times, and the command that compares ' +
      'them is printed. `interleave: true` in the file says the same.',
    group: 'Traffic',
    example: '--interleave --repeat 5',
  }),
  repeat: option({
    flag: 'repeat',
    type: integer({ min: 1, max: 1000 }),
    default: null,
    describe:
      'Run each so many times, every time with a start of its own. Unset: 1, with --interleave 3. `repeat: N` in the file, too.',
    group: 'Traffic',
  }),
  keepGoing: option({
    flag: 'keep-going',
    type: toggle(),
    default: true,
    describe: 'Go on with the next run when one fails.',
    group: 'Traffic',
  }),
  outputsDirectory: option({
    ...outputOptions.outputsDirectory,
    describe: 'Results go to FOLDER/batch/{name}/.',
  }),
  push: option({
    ...outputOptions.push,
    describe: `${outputOptions.push.describe} Each run that is measured, as it ends.`,
  }),
  json: option({ ...outputOptions.json, describe: 'Print an array of summaries as JSON in place of the table.' }),
  quiet: outputOptions.quiet,
  debug: outputOptions.debug,
  printPlan: option({
    ...outputOptions.printPlan,
    describe: 'Print the plans of all runs as JSON and stop.',
  }),
};
