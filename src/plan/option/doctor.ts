import { modelsOptions } from './models.ts';
import { option } from './option.ts';
import { toggle } from './value-types.ts';

/** Every option of `tokometer doctor`. */
export const doctorOptions = {
  calibrate: option({
    flag: 'calibrate',
    type: toggle(),
    default: false,
    describe:
      'Measure what the client costs on this machine, and keep it: the runs to come tell rows that are server-bound from those that are not.',
    group: 'Traffic',
  }),
  json: modelsOptions.json,
};
