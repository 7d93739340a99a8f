import type { Advice } from '../../contract/summary.ts';
import { tokensPerEvent } from '../row-marks.ts';
import { countedRecords } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** The server sends several tokens in an event. */
export function severalTokensAnEvent(facts: AdviceFacts): Advice | null {
  const marked = facts.rows.filter((row) => row.marks.includes('speculative-or-batched'));
  if (marked.length === 0) return null;
  let largest = 0;
  for (const row of marked) {
    for (const record of countedRecords(facts, row)) largest = Math.max(largest, tokensPerEvent(record));
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
