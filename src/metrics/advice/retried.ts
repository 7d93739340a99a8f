import type { Advice } from '../../contract/summary.ts';
import { cellsOf, countOf } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** Requests needed a second attempt. */
export function retried(facts: AdviceFacts): Advice | null {
  const again = facts.counted.filter((request) => request.attempts > 1);
  if (again.length === 0) return null;
  return {
    id: 'retried',
    text:
      `${countOf(again.length, 'measured request')} went out again on a fresh connection, because a reused one died ` +
      'before the first byte. Times count from the attempt that was answered.',
    hint: 'a server that closes idle connections does this: raise its keep-alive timeout',
    rows: cellsOf(again),
  };
}
