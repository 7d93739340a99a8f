import { TokometerError } from '../../base/errors.ts';
import type { ForeignCell } from '../../contract/foreign.ts';

/** Requests in flight and requests/s that a file of another tool tells; null: no limit of that kind. */
interface ToldLoad {
  readonly parallel: number | null;
  readonly rate: number | null;
}

/** The load of a cell, and its part of the name. Both tools draw gaps between arrivals from the exponential distribution. */
export function loadOf(file: string, { parallel, rate }: ToldLoad): Pick<ForeignCell, 'name' | 'parallel' | 'arrival'> {
  if (rate === null) return { name: `c${parallel ?? '?'}`, parallel, arrival: null };
  if (parallel !== null) refuseBoth(file, parallel, rate);
  return { name: `r${rate}`, parallel, arrival: { kind: 'poisson', requestsPerSecond: rate } };
}

/** Arrivals that wait for a free place are neither an open nor a closed loop: no cell of ours is the same load. */
function refuseBoth(file: string, parallel: number, rate: number): never {
  throw new TokometerError('E_USAGE', `${file} was measured at ${rate} requests/s with at most ${parallel} in flight`, {
    hint: 'compare reads results with a rate alone (an open loop), or with requests in flight alone',
  });
}
