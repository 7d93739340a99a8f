import { outputOptions } from './output.ts';

/** Every option of `tokometer models`. */
export const modelsOptions = {
  json: { ...outputOptions.json, describe: 'Print it as JSON.' },
};
