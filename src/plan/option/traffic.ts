import { option } from './option.ts';
import { decimal, integer } from './value-types.ts';

/** When, and how often. */
export const trafficOptions = {
  parallel: option({
    flag: 'parallel',
    type: integer({ min: 1 }),
    default: 1,
    describe: 'Requests in flight at once. The standard speed is measured at 1.',
    group: 'Traffic',
    example: '--parallel 1',
  }),
  repetitions: option({
    flag: 'repetitions',
    type: integer({ min: 1 }),
    default: null,
    describe: 'Measured requests of each prompt length. Unset: 3.',
    group: 'Traffic',
    example: '--repetitions 5',
  }),
  requests: option({
    flag: 'number',
    short: 'n',
    type: integer({ min: 1 }),
    default: null,
    describe: 'Measured requests in all, dealt in turn over the prompt lengths. Not together with --repetitions.',
    group: 'Traffic',
    example: '--number 8',
  }),
  warmups: option({
    flag: 'warmup-num',
    type: decimal({ min: 0 }),
    default: 1,
    describe:
      'Warm-up requests of each prompt length, recorded and never averaged; below 1 a share of the measured ones.',
    group: 'Traffic',
    example: '--warmup-num 0',
  }),
};
