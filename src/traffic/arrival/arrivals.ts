import { seededRandom } from '../../base/random.ts';
import type { ArrivalPlan } from '../../contract/plan.ts';

export interface ArrivalInput extends ArrivalPlan {
  /** The same seed gives the same arrivals. */
  readonly seed: string;
}

/**
 * Due times in nanoseconds after the start of the pass, the first at 0. Each is taken from the start and not from the request
 * before, so a late one delays none after it. Without end.
 */
export function* arrivals({ kind, requestsPerSecond, seed }: ArrivalInput): Generator<number, never> {
  const gapNs = 1e9 / requestsPerSecond;
  if (kind === 'constant') for (let index = 0; ; index++) yield index * gapNs;
  const random = seededRandom(seed);
  for (let atNs = 0; ; atNs += -Math.log(1 - random.nextFloat()) * gapNs) yield atNs;
}
