import type { RequestFacts } from './request-facts.ts';

/** How many requests were in flight, on average, while those of a pass were sent. */
export interface InFlightGrowth {
  /** In the second quarter of that time: the first one only fills the server. */
  readonly earlier: number;
  /** In the last quarter. */
  readonly later: number;
  /** Requests sent from the middle of the one to the middle of the other: half of the pass. */
  readonly sentBetween: number;
  /** From the first request sent to the last one sent. */
  readonly sendingNs: number;
}

/**
 * What is in flight grows by what is sent and not answered, so that this compares the two rates without the time at the end of a
 * pass in which nothing is sent any more. null: too few requests. `requests`: one pass, failed ones among them.
 */
export function inFlightGrowth(requests: readonly RequestFacts[]): InFlightGrowth | null {
  let firstNs = Infinity;
  let lastNs = -Infinity;
  for (const { sentNs } of requests) {
    firstNs = Math.min(firstNs, sentNs);
    lastNs = Math.max(lastNs, sentNs);
  }
  const sendingNs = lastNs - firstNs;
  if (requests.length < 2 || sendingNs <= 0) return null;
  const meanInFlight = (from: number, to: number): number => {
    const [fromNs, toNs] = [firstNs + from * sendingNs, firstNs + to * sendingNs];
    let ns = 0;
    for (const { sentNs, endNs } of requests) ns += Math.max(0, Math.min(endNs, toNs) - Math.max(sentNs, fromNs));
    return ns / (toNs - fromNs);
  };
  return {
    earlier: meanInFlight(0.25, 0.5),
    later: meanInFlight(0.75, 1),
    sentBetween: requests.length / 2,
    sendingNs,
  };
}
