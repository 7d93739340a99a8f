import { mostClientThreads } from '../../base/live-counters.ts';
import { option } from './option.ts';
import { autoOr, decimal, integer, integers } from './value-types.ts';

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
      'Measured requests of each prompt length, or with --prompt passes of each row. Unset: 3, with --prompt 1.',
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
      'Unset: 1, with --prompt as many as --parallel.',
    group: 'Traffic',
    example: '--warmup-num 0',
  }),
  clientThreads: option({
    flag: 'client-threads',
    type: autoOr(integer({ min: 1, max: mostClientThreads })),
    default: 'auto',
    describe:
      'Threads that send the requests of a load on a server. auto: one, and more after a warm-up that kept it over 60 % busy, ' +
      'on 3 cores or more. The standard speed is always measured on one.',
    group: 'Traffic',
    example: '--client-threads 4',
  }),
};
