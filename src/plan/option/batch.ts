import { option } from './option.ts';
import { outputOptions } from './output.ts';
import { toggle } from './value-types.ts';

/** Every option of `tokometer batch`. */
export const batchOptions = {
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
  json: option({ ...outputOptions.json, describe: 'Print an array of summaries as JSON in place of the table.' }),
  quiet: outputOptions.quiet,
  debug: outputOptions.debug,
  printPlan: option({
    ...outputOptions.printPlan,
    describe: 'Print the plans of all runs as JSON and stop.',
  }),
};
