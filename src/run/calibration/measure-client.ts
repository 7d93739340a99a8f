import type { RunClock } from '../../base/clock.ts';
import { TokometerError } from '../../base/errors.ts';
import type { CalibratedTime, Calibration, HighestRate, StampError } from '../../contract/calibration.ts';
import type { RequestRecord } from '../../contract/record.ts';
import type { RequestStamps } from '../../engine/reference/stamp-book.ts';
import { median, quantile } from '../../stats/quantile.ts';
import { Disturbances } from './disturbances.ts';
import { type Ask, ReferenceSession } from './reference-session.ts';
import { ratesByWindow } from './rates-by-window.ts';

export type ClientCost = Pick<
  Calibration,
  'latencyFloor' | 'roundTrip' | 'stampError' | 'highestRate' | 'disturbances'
>;

export interface CalibrationControl {
  readonly clock: RunClock;
  readonly signal: AbortSignal;
}

// An answer of one token is the shortest that there is; its first requests compile the code on both sides.
const floor = { warmups: 200, requests: 500, promptTokens: 32 };
const connections = 100;
// Where a client comes near its limit, events wait for it and are read together: so they come eight at once.
const rate = { streams: 32, outputTokens: 512, eventsPerWrite: 8, warmMs: 1000, measuredMs: 3000, windowMs: 250 };
const paced = { gapMs: 10, streams: 64, warmTokens: 50, oneTokens: 250, manyTokens: 200 };

/** Measures what this program's client costs on this machine, in some 12 s. Throws E_ENGINE_START, or what the signal aborts with. */
export async function measureClient(control: CalibrationControl): Promise<ClientCost> {
  const disturbances = new Disturbances(control.clock);
  try {
    const atOnce = await withServer({ ttftMs: 0, itlMs: 0, eventsPerWrite: rate.eventsPerWrite }, control, (session) =>
      disturbances.during(async () => ({
        latencyFloor: await latencyFloor(session),
        roundTrip: await roundTrip(session),
        highestRate: await highestRate(session, control.clock),
      })),
    );
    const { gapMs } = paced;
    const errors = await withServer({ ttftMs: gapMs, itlMs: gapMs, eventsPerWrite: 1 }, control, (session) =>
      disturbances.during(() => stampErrorsOf(session, control.clock)),
    );
    return { ...atOnce, stampError: errors, disturbances: disturbances.found() };
  } finally {
    disturbances.close();
  }
}

async function withServer<Result>(
  { eventsPerWrite, ...timing }: { ttftMs: number; itlMs: number; eventsPerWrite: number },
  control: CalibrationControl,
  measure: (session: ReferenceSession) => Promise<Result>,
): Promise<Result> {
  const session = await ReferenceSession.open({ timing, eventsPerWrite, ...control });
  try {
    return await measure(session);
  } finally {
    await session.close();
  }
}

async function latencyFloor(session: ReferenceSession): Promise<CalibratedTime> {
  const asks = (count: number): Ask[] =>
    Array.from({ length: count }, () => ({ promptTokens: floor.promptTokens, outputTokens: 1 }));
  await session.send(asks(floor.warmups), 1);
  const records = await session.send(asks(floor.requests), 1);
  return timeOf(records.map(({ chunkNs, sentNs }) => ((chunkNs[0] ?? NaN) - sentNs) / 1e6));
}

async function roundTrip(session: ReferenceSession): Promise<CalibratedTime> {
  const times: number[] = [];
  while (times.length < connections) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    times.push(await session.roundTripMs({ promptTokens: floor.promptTokens, outputTokens: 1 }));
  }
  return timeOf(times);
}

async function highestRate(session: ReferenceSession, clock: RunClock): Promise<HighestRate> {
  const { windowMs } = rate;
  const load = (ms: number): Promise<RequestRecord[]> => session.send(untilOver(clock, ms), rate.streams);
  await load(rate.warmMs);
  const before = performance.eventLoopUtilization();
  const records = await load(rate.measuredMs);
  const clientBusy = performance.eventLoopUtilization(before).utilization;
  const rates = ratesByWindow(records, windowMs * 1e6);
  const taken = { n: rates.length, windowMs, median: median(rates), min: Math.min(...rates), max: Math.max(...rates) };
  return { tokensPerSecond: taken.median / clientBusy, ...taken, streams: rate.streams, clientBusy };
}

function* untilOver(clock: RunClock, ms: number): Generator<Ask, void> {
  const endNs = clock.nowNs() + ms * 1e6;
  while (clock.nowNs() < endNs) yield { promptTokens: floor.promptTokens, outputTokens: rate.outputTokens };
}

// Each has a prompt of its own length, by which the server's stamps are found again.
function streams(count: number, outputTokens: number): Ask[] {
  return Array.from({ length: count }, (_, place) => ({ promptTokens: 1 + place, outputTokens }));
}

async function stampErrorsOf(session: ReferenceSession, clock: RunClock): Promise<Calibration['stampError']> {
  await session.send(streams(paced.streams, paced.warmTokens), paced.streams);
  const one = await stampError(session, clock, { streams: 1, outputTokens: paced.oneTokens });
  const many = await stampError(session, clock, { streams: paced.streams, outputTokens: paced.manyTokens });
  return { one, many };
}

async function stampError(
  session: ReferenceSession,
  { originNs }: RunClock,
  load: { streams: number; outputTokens: number },
): Promise<StampError> {
  const records = await session.send(streams(load.streams, load.outputTokens), load.streams);
  const stamps = await session.server.stamps();
  const errors = records.flatMap((record) => stampErrors(record, stamps, originNs));
  return { ...timeOf(errors), streams: load.streams, gapMs: paced.gapMs };
}

/** How long after the server's stamp of each write the client stamped its token, in ms. CLOCK_MONOTONIC is common to both. */
function stampErrors(
  { chunkNs, requestedPromptTokens, requestedOutputTokens }: RequestRecord,
  stamps: readonly RequestStamps[],
  originNs: bigint,
): number[] {
  const page = stamps.findLast(
    ({ promptTokens, outputTokens }) =>
      promptTokens === requestedPromptTokens && outputTokens === requestedOutputTokens,
  );
  if (page === undefined || page.writes.length !== chunkNs.length) {
    const told = `${page?.writes.length ?? 0} writes and ${chunkNs.length} chunks`;
    throw new TokometerError('E_ENGINE_START', `the stamps of client and server do not fit: ${told} of one answer`, {
      hint: 'try again: tokometer doctor --calibrate',
    });
  }
  return page.writes.map(({ atNs }, place) => ((chunkNs[place] ?? NaN) - Number(BigInt(atNs) - originNs)) / 1e6);
}

function timeOf(timesMs: readonly number[]): CalibratedTime {
  const sorted = timesMs.toSorted((one, other) => one - other);
  const [p50, p99] = [quantile(sorted, 0.5), quantile(sorted, 0.99)];
  return { n: sorted.length, p50, p99, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN };
}
