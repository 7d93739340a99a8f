import type { RequestFacts } from './request-facts.ts';
import { missing } from './missing.ts';
import type { Missing } from './missing.ts';
import { noOutputCount, noPromptCount } from './token-span.ts';

/** One measured pass of a load cell as a whole. */
export interface PassTotals {
  /** From the first request sent to the last one's end, failed ones included. */
  readonly ns: number;
  /** From the first request sent to the last one sent. */
  readonly sendingNs: number;
  /** Failed ones included. */
  readonly sent: number;
  /** Requests that succeeded. */
  readonly answered: number;
  /** Of those; a reason where one was not counted. */
  readonly promptTokens: number | Missing;
  readonly outputTokens: number | Missing;
  /** Time that requests were in flight, summed over all of them. */
  readonly inFlightNs: number;
}

/** The measured passes of a row, in their order. `measured`: its measured requests, failed ones among them. */
export function passTotals(measured: readonly RequestFacts[]): PassTotals[] {
  return byPass(measured).map(totalsOf);
}

/** Requests of one row, pass by pass. */
export function byPass(measured: readonly RequestFacts[]): RequestFacts[][] {
  const passes = new Map<number, RequestFacts[]>();
  for (const request of measured) {
    const requests = passes.get(request.repetition);
    if (requests === undefined) passes.set(request.repetition, [request]);
    else requests.push(request);
  }
  return [...passes.values()];
}

function totalsOf(requests: readonly RequestFacts[]): PassTotals {
  let firstNs = Infinity;
  let lastNs = -Infinity;
  let lastSentNs = -Infinity;
  let inFlightNs = 0;
  for (const { sentNs, endNs } of requests) {
    firstNs = Math.min(firstNs, sentNs);
    lastSentNs = Math.max(lastSentNs, sentNs);
    lastNs = Math.max(lastNs, endNs);
    inFlightNs += endNs - sentNs;
  }
  const answered = requests.filter((request) => request.outcome.status === 'ok');
  return {
    ns: lastNs - firstNs,
    sendingNs: lastSentNs - firstNs,
    sent: requests.length,
    answered: answered.length,
    promptTokens: totalOf(answered, (request) => request.promptTokens, noPromptCount),
    outputTokens: totalOf(answered, (request) => request.outputTokens, noOutputCount),
    inFlightNs,
  };
}

function totalOf(
  requests: readonly RequestFacts[],
  count: (request: RequestFacts) => number | null,
  unknown: Missing,
): number | Missing {
  let total = 0;
  for (const request of requests) {
    const tokens = count(request);
    if (tokens === null) return unknown;
    total += tokens;
  }
  return requests.length === 0 ? missing('no measured request succeeded') : total;
}
