import { oneLine } from '../../base/escape.ts';
import type { Advice } from '../../contract/summary.ts';
import { cellsOf, countOf } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** Requests failed: how many of how many, and what the first one said. A cancelled one is the user's own doing. */
export function failedRequests({ tally }: AdviceFacts): Advice | null {
  const all = tally.cells().flatMap((one) => one.requests);
  const failed = all.filter(({ outcome }) => outcome.status === 'failed' && outcome.failure !== 'cancelled');
  const first = failed[0];
  if (first === undefined) return null;
  const warmups = failed.filter((request) => request.phase === 'warmup').length;
  const ofThem = warmups === 0 ? '' : `, ${warmups} of them in the warm-up`;
  const said = oneLine(first.outcome.message ?? first.outcome.failure ?? 'no reason given');
  return {
    id: 'failed-requests',
    text: `${failed.length} of ${countOf(all.length, 'request')} failed${ofThem}; they enter no value. The first: ${said}`,
    hint: '--debug logs each request; the failed ones are kept in records.jsonl',
    rows: cellsOf(failed),
  };
}
