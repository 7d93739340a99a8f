import type { Advice } from '../../contract/summary.ts';
import { tokensPerEvent } from '../request-facts.ts';
import { countedRequests } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** The server sends several tokens in an event. */
export function severalTokensAnEvent(facts: AdviceFacts): Advice | null {
  const marked = facts.rows.filter((row) => row.marks.includes('speculative-or-batched'));
  if (marked.length === 0) return null;
  let largest = 0;
  for (const row of marked) {
    for (const request of countedRequests(facts, row)) largest = Math.max(largest, tokensPerEvent(request));
  }
  return {
    id: 'several-tokens-an-event',
    text:
      `The server sent up to ${largest.toFixed(2)} tokens an event: speculative decoding, or tokens held back. ` +
      'Random prompts give no realistic acceptance of speculated tokens.',
    hint: 'switch speculative decoding off in the server to compare with rows that have none',
    rows: marked.map((row) => row.cell),
  };
}
