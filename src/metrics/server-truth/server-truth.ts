import type { EngineFacts } from '../../contract/engine.ts';
import type { CellPlan } from '../../contract/plan.ts';
import type { ServerTruth } from '../../contract/summary.ts';
import type { ServerSample } from '../../contract/telemetry.ts';
import { measuredAndOk } from '../request-facts.ts';
import type { RequestFacts } from '../request-facts.ts';
import { counterTruth } from './counter-truth.ts';
import { clientTotal, serverFigure } from './server-figure.ts';

interface TruthFacts {
  readonly cell: CellPlan;
  /** Measured requests of the row, failed ones among them. */
  readonly measured: readonly RequestFacts[];
  readonly engine: EngineFacts;
  /** In order of time. */
  readonly samples: readonly ServerSample[];
}

/**
 * What the server itself says of the row: its times of each answer where all have them, else the rise of its counters over the
 * row's passes. null: it says nothing, or the engine is no server, so that the stamps of the records are its own.
 */
export function serverTruth({ cell, measured, engine, samples }: TruthFacts): ServerTruth | null {
  if (engine.url === null) return null;
  return timingsTruth(cell, measuredAndOk(measured)) ?? counterTruth(measured, samples);
}

// One request in flight has no queue before its prompt: only then the time of the prompt is all of TTFT.
function timingsTruth(cell: CellPlan, answered: readonly RequestFacts[]): ServerTruth | null {
  const [first] = answered;
  const source = first?.timings?.source;
  if (source === undefined || answered.some(({ timings }) => timings === null)) return null;
  const n = answered.length;
  const promptMs = cell.parallel === 1 ? totalOf(answered, ({ timings }) => timings?.promptMs) : null;
  const decodeMs = totalOf(answered, ({ timings }) => timings?.decodeMs);
  const figures = [
    ...(promptMs === null
      ? []
      : [serverFigure('ttft', { n, server: promptMs, client: clientTotal('ttft', answered) })]),
    ...(decodeMs === null
      ? []
      : [serverFigure('decode_time', { n, server: decodeMs, client: clientTotal('decode_time', answered) })]),
  ];
  return figures.length === 0 ? null : { source, reason: null, otherRequests: null, figures };
}

function totalOf(
  requests: readonly RequestFacts[],
  time: (request: RequestFacts) => number | null | undefined,
): number | null {
  let total = 0;
  for (const request of requests) {
    const ms = time(request) ?? null;
    if (ms === null) return null;
    total += ms;
  }
  return total;
}
