import type { TrafficPlan } from '../../src/contract/plan.ts';

/** As plans of the standard speed have it, sent on one thread. */
export const threeRepetitions: TrafficPlan = {
  repetitions: 3,
  requests: null,
  warmups: 1,
  untilSteady: false,
  precision: null,
  timeBudgetMs: null,
  executions: 1,
  clientThreads: 1,
};
