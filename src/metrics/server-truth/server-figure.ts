import type { ServerFigure, ServerFigureId } from '../../contract/server-truth.ts';
import { latency } from '../definition/latency.ts';
import { ttft } from '../definition/ttft.ts';
import { isMissing } from '../missing.ts';
import type { Missing } from '../missing.ts';
import type { RequestFacts } from '../request-facts.ts';
import { allInOneRead, noOutputCount, noPromptCount } from '../token-span.ts';

interface FigureDefinition {
  readonly label: string;
  readonly unit: ServerFigure['unit'];
  readonly formula: string;
  /** Of one request, in ms or tokens. */
  readonly client: (request: RequestFacts) => number | Missing;
}

const inMs =
  (time: (request: RequestFacts) => number | Missing) =>
  (request: RequestFacts): number | Missing => {
    const ns = time(request);
    return isMissing(ns) ? ns : ns / 1e6;
  };

function decodeNs({ span }: RequestFacts): number | Missing {
  if ('missing' in span) return span;
  return span.oneRead ? allInOneRead : span.lastNs - span.firstNs;
}

const definitions: Readonly<Record<ServerFigureId, FigureDefinition>> = {
  ttft: {
    label: 'TTFT',
    unit: 'ms',
    formula: 'mean; server: arrival of the request to its first token; client: t1 - t0',
    client: inMs(ttft.time),
  },
  latency: {
    label: 'latency',
    unit: 'ms',
    formula: 'mean; server: arrival of the request to its last token; client: tn - t0',
    client: inMs(latency.time),
  },
  decode_time: {
    label: 'decode time',
    unit: 'ms',
    formula: 'mean; first token to last one of a request; client: tn - t1',
    client: inMs(decodeNs),
  },
  prompt_tokens: {
    label: 'prompt tokens',
    unit: 'tokens',
    formula: 'sum over the requests',
    client: ({ promptTokens }) => promptTokens ?? noPromptCount,
  },
  output_tokens: {
    label: 'generated tokens',
    unit: 'tokens',
    formula: 'sum over the requests',
    client: ({ outputTokens }) => outputTokens ?? noOutputCount,
  },
};

/** The client's own figure, summed over requests, in ms or tokens; null where one of them has none. */
export function clientTotal(id: ServerFigureId, requests: readonly RequestFacts[]): number | null {
  let total = 0;
  for (const request of requests) {
    const value = definitions[id].client(request);
    if (isMissing(value)) return null;
    total += value;
  }
  return total;
}

/** The two sums beside each other: times as a mean of the `n` requests, tokens as they are. */
export function serverFigure(
  id: ServerFigureId,
  { n, server, client }: { n: number; server: number; client: number | null },
): ServerFigure {
  const { label, unit, formula } = definitions[id];
  const shares = unit === 'ms' ? n : 1;
  return {
    id,
    label,
    unit,
    formula,
    n,
    server: server / shares,
    client: client === null ? null : client / shares,
    gapPercent: client === null || server <= 0 ? null : (100 * (client - server)) / server,
  };
}

const largestGapPercent = 2;
const largestGapMs = 1;

/** The two disagree: by more than 2 %, and of a time by more than 1 ms, which HTTP and the network may take. */
export function isApart({ unit, server, client, gapPercent }: ServerFigure): boolean {
  if (client === null || gapPercent === null || Math.abs(gapPercent) <= largestGapPercent) return false;
  return unit === 'tokens' || Math.abs(client - server) > largestGapMs;
}
