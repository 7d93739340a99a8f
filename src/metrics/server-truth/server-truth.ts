import type { EngineFacts } from '../../contract/engine.ts';
import type { CellPlan } from '../../contract/plan.ts';
import type { ServerFigure, ServerFigureId, ServerTruth } from '../../contract/server-truth.ts';
import type { ServerSample } from '../../contract/telemetry.ts';
import type { RequestFacts } from '../request-facts.ts';
import { counterTruth } from './counter-truth.ts';
import { clientTotal, serverFigure } from './server-figure.ts';

interface TruthFacts {
  readonly cell: CellPlan;
  /** Measured requests of the row, failed ones among them. */
  readonly measured: readonly RequestFacts[];
  /** Those of them that were answered. */
  readonly counted: readonly RequestFacts[];
  readonly engine: EngineFacts;
  /** In order of time. */
  readonly samples: readonly ServerSample[];
}

/**
 * What the server itself says of the row: its times of each answer where all have them, else the rise of its counters over the
 * row's passes. null: it says nothing, or the engine is no server, so that the stamps of the records are its own.
 */
export function serverTruth({ cell, measured, counted, engine, samples }: TruthFacts): ServerTruth | null {
  if (engine.url === null) return null;
  return timingsTruth(cell, counted) ?? counterTruth(measured, samples);
}

// One request in flight has no queue before its prompt: only then the time of the prompt is all of TTFT.
function timingsTruth(cell: CellPlan, answered: readonly RequestFacts[]): ServerTruth | null {
  const [first] = answered;
  const source = first?.timings?.source;
  if (source === undefined || answered.some(({ timings }) => timings === null)) return null;
  const alone = cell.parallel === 1 ? answered : [];
  const figures = [
    ...timedFigure('ttft', alone, ({ timings }) => timings?.promptMs),
    ...timedFigure('decode_time', answered.filter(startsWithOneToken), ({ timings }) => timings?.decodeMs),
  ];
  return figures.length === 0 ? null : { source, reason: null, otherRequests: null, figures };
}

// Where the first read has several tokens, the client's span leaves out what the server's holds.
function startsWithOneToken({ span }: RequestFacts): boolean {
  return !('missing' in span) && !span.oneRead && span.firstTokens === 1;
}

function timedFigure(
  id: ServerFigureId,
  requests: readonly RequestFacts[],
  time: (request: RequestFacts) => number | null | undefined,
): ServerFigure[] {
  let server = 0;
  for (const request of requests) {
    const ms = time(request) ?? null;
    if (ms === null) return [];
    server += ms;
  }
  const client = clientTotal(id, requests);
  return requests.length === 0 ? [] : [serverFigure(id, { n: requests.length, server, client })];
}
