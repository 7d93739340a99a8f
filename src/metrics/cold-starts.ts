import type { ProtocolFacts } from '../contract/protocol.ts';
import type { ColdStart } from '../contract/summary.ts';
import type { RequestFacts } from './request-facts.ts';
import { requestResult } from './request-result.ts';
import type { RunTally } from './run-tally.ts';

/** Each start of the engine with the first request that it answered in the run. */
export function coldStarts(protocol: ProtocolFacts | null, tally: RunTally): ColdStart[] {
  const firsts = new Map<number, RequestFacts>();
  for (const { requests } of tally.cells()) {
    for (const request of requests) {
      const first = firsts.get(request.execution);
      if (first === undefined || request.sentNs < first.sentNs) firsts.set(request.execution, request);
    }
  }
  return (protocol?.starts ?? []).map(({ execution, readyMs }) => {
    const first = firsts.get(execution);
    return { execution, readyMs, firstRequest: first === undefined ? null : firstRequest(first) };
  });
}

function firstRequest(request: RequestFacts): ColdStart['firstRequest'] {
  const { ttftMs, latencyMs, phase } = requestResult(request);
  return ttftMs === null && latencyMs === null ? null : { cell: request.cell, phase, ttftMs, latencyMs };
}
