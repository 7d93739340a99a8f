import { option } from './option.ts';
import { decimal, integer, integers, seconds, share } from './value-types.ts';

/** When, and how often. */
export const trafficOptions = {
  parallel: option({
    flag: 'parallel',
    type: integers({ min: 1 }),
    default: [1],
    describe:
      'Requests in flight at once; several make several rows. The standard speed is measured at 1, which is the default.',
    group: 'Traffic',
    example: '--parallel 1 64 512',
  }),
  repetitions: option({
    flag: 'repetitions',
    type: integer({ min: 1 }),
    default: null,
    describe:
      'Measured requests of each prompt length, or with --prompt passes of each row. Unset: 3, with --prompt 1. ' +
      'With --precision or --time-budget the most; unset: 10 with --precision alone, else 1000.',
    group: 'Traffic',
    example: '--repetitions 5',
  }),
  requests: option({
    flag: 'number',
    short: 'n',
    type: integers({ min: 1 }),
    default: null,
    describe:
      'With --prompt: measured requests of a pass, one number for each --parallel or one for all; unset: 4 times --parallel, at least 100. ' +
      'Else requests in all, dealt in turn over the prompt lengths, and not together with --repetitions.',
    group: 'Traffic',
    example: '--number 100 1000 2048',
  }),
  warmups: option({
    flag: 'warmup-num',
    type: decimal({ min: 0 }),
    default: null,
    describe:
      'Warm-up requests of each row, recorded and never averaged; below 1 a share of the measured ones. ' +
      'Unset: 3 to 5 passes, until the last ones agree within 2 %; with --prompt as many requests a pass as --parallel.',
    group: 'Traffic',
    example: '--warmup-num 0',
  }),
  precision: option({
    flag: 'precision',
    type: share({ max: 0.5 }),
    default: null,
    describe:
      'Repeat each row until the 95 % interval of its main speed (decode speed, with --prompt output throughput) is at most ' +
      'this far on either side; at least 5 times, if there are so many.',
    group: 'Traffic',
    example: '--precision 2%',
  }),
  timeBudgetMs: option({
    flag: 'time-budget',
    type: seconds(),
    default: null,
    describe:
      'Repeat all rows in turn until the run, engine start included, has taken this long. A row without a result is measured ' +
      'once, however long it takes.',
    group: 'Traffic',
    example: '--time-budget 10m',
  }),
  executions: option({
    flag: 'executions',
    type: integer({ min: 1, max: 1000 }),
    default: 1,
    describe:
      'Start the engine so many times and measure all rows in each life, so that intervals cover how starts differ. ' +
      'For engines that Tokometer starts; with --precision or --time-budget the most.',
    group: 'Traffic',
    example: '--executions 5',
  }),
};
