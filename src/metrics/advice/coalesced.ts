import type { Advice } from '../../contract/summary.ts';
import { sharedStampShare } from '../request-facts.ts';
import { countedRequests } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** Chunks arrived several to a read. */
export function coalesced(facts: AdviceFacts): Advice | null {
  const marked = facts.rows.filter((row) => row.marks.includes('coalesced'));
  if (marked.length === 0) return null;
  let largest = 0;
  for (const row of marked) {
    for (const request of countedRequests(facts, row)) largest = Math.max(largest, sharedStampShare(request));
  }
  return {
    id: 'coalesced',
    text:
      `Up to ${(100 * largest).toFixed(0)} % of a request's tokens came in one read with others and share its time. ` +
      'Speeds of whole requests stand; times of single tokens do not.',
    hint: 'a proxy that buffers, a slow network or a busy client does this: measure nearer to the server',
    rows: marked.map((row) => row.cell),
  };
}
