import type { RequestFacts } from './request-facts.ts';
import { missing } from './missing.ts';
import type { Missing } from './missing.ts';
import { noOutputCount, noPromptCount } from './token-span.ts';

type Keeps = (request: RequestFacts) => boolean | Missing;

/** One measured pass of a load cell as a whole. */
export interface PassTotals {
  readonly execution: number;
  readonly repetition: number;
  /** From the first request sent to the last one's end, failed ones included. */
  readonly ns: number;
  /** From the first request sent to the last one sent. */
  readonly sendingNs: number;
  /** Failed ones included. */
  readonly sent: number;
  /** Requests that succeeded. */
  readonly answered: number;
  /** Requests that kept every limit; a reason where of none can be told whether it did. */
  readonly withinSlo: number | Missing;
  /** Of those; a reason where one was not counted. */
  readonly promptTokens: number | Missing;
  readonly outputTokens: number | Missing;
  /** Time that requests were in flight, summed over all of them. */
  readonly inFlightNs: number;
}

/**
 * The measured passes of a row, in their order. `measured`: its measured requests, failed ones among them. `keeps`: whether an answered
 * one keeps the limits.
 */
export function passTotals(measured: readonly RequestFacts[], keeps: Keeps): PassTotals[] {
  return requestsByPass(measured).map((requests) => totalsOf(requests, keeps));
}

/** Requests of each pass by itself: of one repetition in one execution. */
export function requestsByPass(requests: readonly RequestFacts[]): RequestFacts[][] {
  const byPass = new Map<string, RequestFacts[]>();
  let pass: RequestFacts[] = [];
  let first: RequestFacts | undefined;
  for (const request of requests) {
    const { execution, repetition } = request;
    // Nearly always the pass of the one before.
    if (first?.execution !== execution || first.repetition !== repetition) {
      const name = `${execution} ${repetition}`;
      pass = byPass.get(name) ?? [];
      byPass.set(name, pass);
      first = request;
    }
    pass.push(request);
  }
  return [...byPass.values()];
}

/** From the first request sent to the last one's end, failed ones included. */
export function extentOf(requests: readonly RequestFacts[]): { fromNs: number; toNs: number } {
  let fromNs = Infinity;
  let toNs = -Infinity;
  for (const { sentNs, endNs } of requests) {
    fromNs = Math.min(fromNs, sentNs);
    toNs = Math.max(toNs, endNs);
  }
  return { fromNs, toNs };
}

function totalsOf(requests: readonly RequestFacts[], keeps: Keeps): PassTotals {
  const { fromNs, toNs } = extentOf(requests);
  let lastSentNs = -Infinity;
  let inFlightNs = 0;
  for (const { sentNs, endNs } of requests) {
    lastSentNs = Math.max(lastSentNs, sentNs);
    inFlightNs += endNs - sentNs;
  }
  const answered = requests.filter((request) => request.outcome.status === 'ok');
  return {
    execution: requests[0]?.execution ?? 1,
    repetition: requests[0]?.repetition ?? 1,
    ns: toNs - fromNs,
    sendingNs: lastSentNs - fromNs,
    sent: requests.length,
    answered: answered.length,
    withinSlo: withinSlo(answered, keeps),
    promptTokens: totalOf(answered, (request) => request.promptTokens, noPromptCount),
    outputTokens: totalOf(answered, (request) => request.outputTokens, noOutputCount),
    inFlightNs,
  };
}

// What can't be told of a request is not counted for it; where it can be told of none, nobody knows the sum.
function withinSlo(answered: readonly RequestFacts[], keeps: Keeps): number | Missing {
  let kept = 0;
  let untold = 0;
  let reason: Missing | null = null;
  for (const request of answered) {
    const told = keeps(request);
    if (typeof told === 'object') {
      reason = told;
      untold++;
    } else if (told) kept++;
  }
  return reason !== null && untold === answered.length ? reason : kept;
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
