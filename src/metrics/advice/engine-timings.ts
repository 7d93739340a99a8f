import { formatSignificant } from '../../base/units.ts';
import type { RequestFacts } from '../request-facts.ts';
import type { Advice } from '../../contract/summary.ts';
import { countedRequests, rowName } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

const largestGap = 0.02;

interface DecodeTimes {
  readonly clientMs: number;
  readonly engineMs: number;
}

/** The engine's own decode time and the client's disagree. */
export function engineTimings(facts: AdviceFacts): Advice | null {
  const apart = facts.rows.flatMap((row) => {
    const requests = countedRequests(facts, row);
    const times = decodeTimes(requests);
    const differs = times !== null && Math.abs(times.clientMs / times.engineMs - 1) > largestGap;
    return differs ? [{ row: row.cell, name: rowName(row), ...times, source: sourceOf(requests) }] : [];
  });
  const first = apart[0];
  if (first === undefined) return null;
  const percent = (100 * (first.clientMs / first.engineMs - 1)).toFixed(1);
  return {
    id: 'engine-timings',
    text:
      `The client saw ${formatSignificant(first.clientMs)} ms of decoding where the engine itself says ` +
      `${formatSignificant(first.engineMs)} ms (${first.source}; ${percent} %, mean of ${first.name}).`,
    hint: 'the network, a proxy or a busy client lies between the two: measure on the machine of the server',
    rows: apart.map((one) => one.row),
  };
}

// Only requests whose first stamp is one token's: else the two clocks measure different spans.
function decodeTimes(requests: readonly RequestFacts[]): DecodeTimes | null {
  let clientMs = 0;
  let engineMs = 0;
  let count = 0;
  for (const request of requests) {
    const { span } = request;
    const decodeMs = request.timings?.decodeMs ?? null;
    if ('missing' in span || decodeMs === null || decodeMs <= 0 || span.firstTokens !== 1 || span.oneRead) continue;
    clientMs += (span.lastNs - span.firstNs) / 1e6;
    engineMs += decodeMs;
    count++;
  }
  return count === 0 ? null : { clientMs: clientMs / count, engineMs: engineMs / count };
}

function sourceOf(requests: readonly RequestFacts[]): string {
  return requests.find((request) => request.timings !== null)?.timings?.source ?? 'its own timings';
}
