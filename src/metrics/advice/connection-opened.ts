import { formatSignificant } from '../../base/units.ts';
import type { Advice } from '../../contract/summary.ts';
import { allCountedRecords, cellsOf, countOf } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** Requests had to open a connection first. */
export function connectionOpened(facts: AdviceFacts): Advice | null {
  const opened = allCountedRecords(facts).filter((record) => record.connectNs !== null);
  if (opened.length === 0) return null;
  const longestMs = opened.reduce((longest, record) => Math.max(longest, record.connectNs ?? 0), 0) / 1e6;
  return {
    id: 'connection-opened',
    text:
      `${countOf(opened.length, 'measured request')} had to open a connection, up to ${formatSignificant(longestMs, 3)} ms. ` +
      'That is a field of its own; no speed and no time to first token holds it.',
    hint: 'a server or proxy that closes idle connections does this: raise its keep-alive timeout',
    rows: cellsOf(opened),
  };
}
