import type { BoundCause, Calibration, RowBound } from '../../contract/calibration.ts';
import type { EngineFacts } from '../../contract/engine.ts';
import type { CellPlan } from '../../contract/plan.ts';
import type { SummaryValue } from '../../contract/summary.ts';
import { decodeSpeed } from '../definition/decode-speed.ts';
import { itl } from '../definition/itl.ts';
import { outputThroughput } from '../definition/output-throughput.ts';
import { tpot } from '../definition/tpot.ts';
import { ttft } from '../definition/ttft.ts';
import { lateSends } from '../late-sends.ts';
import { boundLimits } from './limits.ts';

/** What a row is judged by. */
export interface BoundFacts {
  readonly cell: Pick<CellPlan, 'kind' | 'parallel'>;
  readonly values: Readonly<Record<string, SummaryValue>>;
  readonly engine: Pick<EngineFacts, 'roundTripMs'>;
  /** Threads that its requests were sent on. */
  readonly threads: number;
}

/** Whether a row tells of its server, of the client or of the path between; null: none of its values can be judged. */
export function rowBound({ cell, values, engine, threads }: BoundFacts, calibration: Calibration): RowBound | null {
  const isLoad = cell.kind === 'load';
  const { latencyFloor, stampError, highestRate, roundTrip } = calibration;
  const ttftMs = values[ttft.id]?.spread?.median ?? values[ttft.id]?.value ?? null;
  const gapMs = values[isLoad ? itl.id : tpot.id]?.value ?? null;
  const rate = values[isLoad ? outputThroughput.id : decodeSpeed.id]?.value ?? null;
  const error = cell.parallel === 1 ? stampError.one : stampError.many;
  const roundTripMs = engine.roundTripMs ?? null;
  // What a round trip takes on this machine alone is in the latency floor, and no network's.
  const onTheWayMs = roundTripMs === null ? null : Math.max(0, roundTripMs - roundTrip.p50);
  const shares = {
    ttftShare: shareOf(latencyFloor.p50, ttftMs),
    gapShare: shareOf(error.p50, gapMs),
    rateShare: rate === null ? null : rate / (highestRate.tokensPerSecond * threads),
    roundTripShare: onTheWayMs === null ? null : shareOf(onTheWayMs, ttftMs),
  };
  const { ttftShare, gapShare, rateShare, roundTripShare } = shares;
  if (ttftShare === null && gapShare === null && rateShare === null) return null;
  const ofClient: [cause: BoundCause, isAbove: boolean][] = [
    ['ttft', isAbove(ttftShare, boundLimits.clientShare)],
    ['gap', isAbove(gapShare, boundLimits.clientShare)],
    ['rate', isAbove(rateShare, boundLimits.rateShare)],
    ['late', lateSends(values) !== null],
  ];
  const because = ofClient.filter(([, above]) => above).map(([cause]) => cause);
  if (because.length > 0) return { by: 'client', because, ...shares, roundTripMs };
  if (isAbove(roundTripShare, boundLimits.roundTripShare))
    return { by: 'path', because: ['round-trip'], ...shares, roundTripMs };
  return { by: 'server', because: [], ...shares, roundTripMs };
}

function shareOf(ms: number, wholeMs: number | null): number | null {
  return wholeMs === null || wholeMs <= 0 ? null : ms / wholeMs;
}

function isAbove(share: number | null, limit: number): boolean {
  return share !== null && share > limit;
}
