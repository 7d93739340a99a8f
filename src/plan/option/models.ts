import { outputOptions } from './output.ts';

/** Every option of `tokometer models` and `tokometer doctor`. */
export const modelsOptions = {
  json: { ...outputOptions.json, describe: 'Print it as JSON.' },
};
