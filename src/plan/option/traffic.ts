import { mostClientThreads } from '../../base/live-counters.ts';
import { option } from './option.ts';
import { sloLimits } from './slo-limits.ts';
import { autoOr, choice, decimal, integer, integers, rates, seconds, share, toggle } from './value-types.ts';

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
  rates: option({
    flag: 'rate',
    type: rates(),
    default: null,
    describe:
      'With --prompt: requests that arrive in a second, whatever the server does (an open loop); several make several rows. ' +
      'Unset or -1: a closed loop of --parallel requests in flight.',
    group: 'Traffic',
    example: '--rate 5 20 80',
  }),
  arrival: option({
    flag: 'arrival',
    type: choice(['poisson', 'constant']),
    default: 'poisson',
    describe: 'With --rate: gaps between requests drawn as those of independent users (Poisson), or equal ones.',
    group: 'Traffic',
    example: '--arrival constant',
  }),
  openLoop: option({
    flag: 'open-loop',
    type: toggle(),
    default: false,
    describe: "EvalScope's word for what --rate does by itself: it needs a --rate, and changes nothing beside one.",
    group: 'Traffic',
    example: '--open-loop --rate 20',
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
      'With --prompt: measured requests of a pass, one number for each --parallel or --rate, or one for all; unset: 4 times --parallel ' +
      'or the arrivals of 30 s, at least 100. ' +
      'Else requests in all, dealt in turn over the prompt lengths, and not together with --repetitions.',
    group: 'Traffic',
    example: '--number 100 1000 2048',
  }),
  warmups: option({
    flag: 'warmup-num',
    type: autoOr(decimal({ min: 0 })),
    default: null,
    describe:
      'Warm-up requests of each row, recorded and never averaged; below 1 a share of the measured ones. ' +
      'Unset: 1, with --prompt as many as --parallel, with --rate the arrivals of 2 s. ' +
      'auto: passes until the last ones agree within 2 %, at most 5.',
    group: 'Traffic',
    example: '--warmup-num auto',
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
  slo: option({
    flag: 'slo',
    type: sloLimits(),
    default: [],
    describe:
      'With --prompt: limits that a request has to keep, on ttft, tpot or latency, in ms or s. Rows tell the share of requests that ' +
      'keep all of them, and goodput: such requests a second.',
    group: 'Traffic',
    example: "--slo 'ttft<=500ms' 'tpot<=50ms'",
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
