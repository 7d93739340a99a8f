import { seededRandom } from '../../base/random.ts';

/** How requests of an open loop arrive: at equal gaps, or at gaps drawn from the exponential distribution (Poisson). */
export type ArrivalKind = 'constant' | 'poisson';

export interface ArrivalInput {
  readonly kind: ArrivalKind;
  /** Mean rate; above 0. */
  readonly requestsPerSecond: number;
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
