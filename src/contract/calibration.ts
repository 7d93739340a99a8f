/** What the client itself costs on a machine, and what that means for a row. */

/** A time over a sample, in ms. */
export interface CalibratedTime {
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  readonly min: number;
  readonly max: number;
}

/** How much later than the server's own stamp the client stamped a token, in ms. */
export interface StampError extends CalibratedTime {
  /** Answers that came at once. */
  readonly streams: number;
  /** Between the tokens of each, in ms. */
  readonly gapMs: number;
}

/** What one client thread takes from a server that does not wait: tokens a second, over windows of equal length. */
export interface HighestRate {
  /** What it would take at work all the time: `median` / `clientBusy`. */
  readonly tokensPerSecond: number;
  readonly n: number;
  readonly windowMs: number;
  /** As taken. */
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly streams: number;
  /** Share of the time that the client's event loop was at work; well below 1: the server gave no more. */
  readonly clientBusy: number;
}

/** calibration.json: the client against the reference server in a process of its own. */
export interface Calibration {
  readonly v: 1;
  readonly tokometer: string;
  readonly node: string;
  readonly takenAt: string;
  readonly kernel: string;
  readonly hostCpu: string;
  readonly cores: number;
  /** TTFT of a request that is answered at once, one at a time: socket, server and client together. */
  readonly latencyFloor: CalibratedTime;
  /** A round trip on this machine: the system's answer to a new connection. */
  readonly roundTrip: CalibratedTime;
  readonly stampError: { readonly one: StampError; readonly many: StampError };
  readonly highestRate: HighestRate;
  /** What others did on the host meanwhile, in clauses; empty: it was quiet, or does not tell. */
  readonly disturbances: readonly string[];
}

/** Who a row tells of: what limits its numbers. */
export type BoundBy = 'server' | 'client' | 'path';

/** Why a row is not server-bound: a share above its limit, or requests of an open loop that were sent late. */
export type BoundCause = 'ttft' | 'gap' | 'rate' | 'late' | 'round-trip';

/** What of a row is the client's own, or the network's. A share is null where the row has no such value. */
export interface RowBound {
  readonly by: BoundBy;
  /** Empty: server-bound. */
  readonly because: readonly BoundCause[];
  readonly ttftShare: number | null;
  readonly gapShare: number | null;
  readonly rateShare: number | null;
  /** The shortest of the run, in ms; null: not known, as behind a proxy. */
  readonly roundTripMs: number | null;
  readonly roundTripShare: number | null;
}

/** The calibration that a run found on its machine. */
export interface CalibrationUse {
  readonly takenAt: string;
  /** Why its rows were not judged by it; null: they were. */
  readonly misfit: string | null;
}
