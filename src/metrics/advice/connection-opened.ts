import { formatSignificant } from '../../base/units.ts';
import type { Advice } from '../../contract/summary.ts';
import { cellsOf, countOf } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

// Below this a new connection is no news: some servers close theirs after each answer.
const noticeableNs = 10e6;

/** Requests had to open a connection first, and it took long. */
export function connectionOpened(facts: AdviceFacts): Advice | null {
  const opened = facts.counted.filter((request) => (request.connectNs ?? 0) > noticeableNs);
  if (opened.length === 0) return null;
  const longestMs = opened.reduce((longest, request) => Math.max(longest, request.connectNs ?? 0), 0) / 1e6;
  return {
    id: 'connection-opened',
    text:
      `${countOf(opened.length, 'measured request')} had to open a connection, up to ${formatSignificant(longestMs, 3)} ms. ` +
      'That is a field of its own; no speed and no time to first token holds it.',
    hint: 'a server or proxy that closes idle connections does this: raise its keep-alive timeout',
    rows: cellsOf(opened),
  };
}
